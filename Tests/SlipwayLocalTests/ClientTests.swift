import Foundation
import SlipwayModel
import SlipwayPorts
import Testing

@testable import SlipwayLocal

@Suite("Client and sockets")
struct ClientTests {
  @Test("Without an agent every call says so at once")
  func unreachable() async throws {
    try await withFolder { folder in
      let target = LocalTarget(socketPath: folder + "/agent.sock")
      let start = ContinuousClock.now
      let error = await #expect(throws: SlipwayError.self) { try await target.observe(Machine.key) }
      #expect(error?.code.rawValue == "agent-unreachable" && error?.kind == .broken)
      #expect(start.duration(to: .now) < .seconds(3))
    }
  }

  @Test("Errors of the agent arrive as they were thrown")
  func errors() async throws {
    try await Machine.run { machine in
      let request = PrepareRequest(key: machine.key, version: Version("v1")!, folder: machine.folder, build: nil, artifact: "nowhere")
      let error = await #expect(throws: SlipwayError.self) { try await machine.target.prepare(request, machine.operation()) }
      #expect(error?.code.rawValue == "artifact-missing" && error?.kind == .input && error?.remedy.isEmpty == false)
      let none: SlipwayError? = await #expect(throws: SlipwayError.self) {
        let _: Done = try await machine.agent.post("/v1/stop", ["mode": "sideways"])
      }
      #expect(none?.code.rawValue == "request-invalid")
    }
  }

  @Test("A build that its caller has given up is ended")
  func buildCancelled() async throws {
    try await Machine.run { machine in
      let request = PrepareRequest(
        key: machine.key, version: Version("v1")!, folder: machine.folder, build: "sleep 120", artifact: "dist")
      let operation = machine.operation()
      try await withThrowingTaskGroup { group in
        group.addTask { _ = try? await machine.target.prepare(request, operation) }
        try await eventually("the build runs") { try machine.processes().count >= 1 }
        group.cancelAll()
      }
      try await eventually("the build is gone") { try machine.processes().isEmpty }
    }
  }

  @Test("The socket can be used by its owner alone")
  func permissions() async throws {
    try await Machine.run { machine async throws in
      #expect(try FileStatus(machine.agent.socketPath)?.mode == 0o600)
      #expect(try FileStatus(machine.state)?.mode == 0o700)
    }
  }

  @Test("A state folder with a long path has its socket in a short private folder")
  func longPath() async throws {
    try await withFolder { folder in
      let long = folder + "/" + String(repeating: "long-name-", count: 12)
      let state = try StateFolder(long)
      let path = try SocketPath.agent(stateFolder: state.path)
      #expect(path.utf8.count <= SocketPath.limit && path.hasSuffix("/agent.sock"))
      let short = try #require(Files.parent(of: path))
      #expect(try FileStatus(short)?.mode == 0o700)
      #expect(try SocketPath.serve(stateFolder: long) == short + "/serve.sock")
      #expect(chmod(short, 0o755) == 0)
      #expect(try await code { try SocketPath.agent(stateFolder: long) } == "socket-folder-unsafe")
      try Files.remove(short)
      #expect(try SocketPath.agent(stateFolder: folder) == folder + "/agent.sock")
    }
  }

  @Test("A state folder that can't be made is told, with what to do")
  func notWritable() async throws {
    try await withFolder { folder in
      try put("x", at: folder + "/file")
      let error = #expect(throws: SlipwayError.self) { try StateFolder(folder + "/file/state") }
      #expect(error?.code.rawValue == "state-not-writable" && error?.kind == .broken)
    }
  }

  @Test("An agent that fails at its start is told with the last lines of its log")
  func launcherFails() async throws {
    try await withFolder { folder in
      let launcher = AgentLauncher(executable: "/bin/sh", stateFolder: folder + "/state", arguments: ["-c", "echo no luck; exit 9", "sh"])
      let error = await #expect(throws: SlipwayError.self) { try await launcher.start() }
      #expect(error?.code.rawValue == "agent-failed")
      #expect(error?.message.contains("exit status 9") == true && error?.message.contains("no luck") == true)
    }
  }

  @Test("Metrics of an unknown service are an empty series, which is no data")
  func noMetrics() async throws {
    try await Machine.run { machine in
      let series = try await machine.target.read(machine.key, as: nil, since: Timestamp(milliseconds: 0))
      #expect(series == MetricSeries(intervals: []))
    }
  }
}
