import Foundation
import SlipwayModel
import SlipwayPorts
import Testing

@testable import SlipwayLocal

@Suite("Agents that are killed, restarted and started twice")
struct AdoptionTests {
  /// Starts agents as processes of their own; the last one is stopped in order.
  private func withAgents(_ body: (Machine, AgentLauncher) async throws -> Void) async throws {
    try await withFolder { folder in
      let machine = try Machine(folder: folder)
      let launcher = AgentLauncher(executable: try built("TestAgent"), stateFolder: machine.state)
      do {
        _ = try await launcher.start()
        try await body(machine, launcher)
        if (try? await machine.agent.status()) != nil { try await machine.agent.stop(.down) }
      } catch {
        let log = try LogTail.lines(of: machine.state + "/logs/agent.log", from: 0)
        if !log.isEmpty { Issue.record("the agent's log ends with:\n\(log.joined(separator: "\n"))") }
        if let status = try? await machine.agent.status() { kill(pid_t(status.pid), SIGKILL) }
        for process in try machine.processes() { kill(process.pid, SIGKILL) }
        throw error
      }
      try await eventually("nothing is left") { try machine.processes().isEmpty }
    }
  }

  /// `kill -9`, and waiting until its end was noticed.
  private func killAgent(_ machine: Machine) async throws {
    let pid = pid_t(try await machine.agent.status().pid)
    kill(pid, SIGKILL)
    try await eventually("the agent is gone") {
      _ = ProcessExit.reap(pid)
      return ProcessTable.status(of: pid)?.hasEnded ?? true
    }
  }

  @Test("After kill -9 of the agent its processes run on and are taken over, with the same split, and are not started twice")
  func adopts() async throws {
    try await withAgents { machine, launcher in
      try await machine.ensure(try await machine.workload("v1", replicas: 2, variables: ["VERSION": "v1"]))
      try await machine.ensure(try await machine.workload("v2", slot: .green, variables: ["VERSION": "v2"]))
      try await machine.untilReady(.blue, 2)
      try await machine.untilReady(.green)
      try await machine.apply(.all(to: .green), epoch: 5)
      let before = try await machine.pids(.blue) + machine.pids(.green)
      try await killAgent(machine)
      #expect(try machine.processes().count == 3)
      _ = try await launcher.start()
      #expect(try await machine.pids(.blue) + machine.pids(.green) == before)
      #expect(try await machine.ask() == Machine.Answer(status: 200, version: "v2"))
      #expect(try await machine.target.observe(machine.key).split == .all(to: .green))
      #expect(try await machine.events(.adopted).count == 3)
      #expect(try await machine.events(.started) == [])
      #expect(try await code { try await machine.retire(.blue, epoch: 4) } == "stale-epoch")
      try await machine.retire(.blue, epoch: 5)
      #expect(try machine.processes().count == 1)
    }
  }

  @Test("An agent on a copy of the state folder leaves the original's processes alone")
  func copiedFolder() async throws {
    try await withAgents { machine, _ in
      try await machine.ensure(try await machine.workload())
      try await machine.untilReady()
      let before = try await machine.pids()
      let copy = machine.state + "-copy"
      try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      for name in try FileManager.default.contentsOfDirectory(atPath: machine.state) where !name.hasSuffix(".sock") {
        try FileManager.default.copyItem(atPath: machine.state + "/" + name, toPath: copy + "/" + name)
      }
      _ = try await AgentLauncher(executable: try built("TestAgent"), stateFolder: copy).start()
      let other = AgentClient(socketPath: try SocketPath.agent(stateFolder: copy))
      try await other.stop(.down)
      #expect(try await machine.pids() == before)
      #expect(before.allSatisfy { ProcessTable.status(of: pid_t($0))?.hasEnded == false })
    }
  }

  @Test("The end of a process that was taken over is noticed, though it is nobody's child")
  func adoptedExit() async throws {
    try await withAgents { machine, launcher in
      try await machine.ensure(try await machine.workload())
      try await machine.untilReady()
      try await killAgent(machine)
      _ = try await launcher.start()
      let pid = try #require(try await machine.pids().first)
      kill(pid_t(pid), SIGKILL)
      try await eventually("it is replaced") { try await machine.pids().first.map { $0 != pid } ?? false }
      let seen = try await machine.target.observe(machine.key).blue
      #expect(seen.restarts == 1 && seen.lastExit?.status.contains("unknown") == true)
    }
  }

  @Test("A process that ended while no agent ran is counted and started again")
  func endedMeanwhile() async throws {
    try await withAgents { machine, launcher in
      try await machine.ensure(try await machine.workload())
      try await machine.untilReady()
      let pid = try #require(try await machine.pids().first)
      try await killAgent(machine)
      kill(pid_t(pid), SIGKILL)
      _ = try await launcher.start()
      try await machine.untilReady()
      #expect(try await machine.target.observe(machine.key).blue.restarts == 1)
      #expect(try await machine.events(.exitedUnseen).count == 1)
    }
  }

  @Test("A process whose start was not yet noted when the agent died is found by its mark and taken over")
  func unnotedStart() async throws {
    try await withAgents { machine, launcher in
      try await machine.ensure(try await machine.workload())
      try await machine.untilReady()
      let pid = try await machine.pids()
      try await killAgent(machine)
      let path = machine.state + "/agent/processes.json"
      var file = try JSON.decode(ProcessFile.self, from: try #require(try Files.read(path)))
      file.processes[0].pid = nil
      file.processes[0].startTime = nil
      try Files.write(try JSON.encode(file), to: path)
      _ = try await launcher.start()
      #expect(try await machine.pids() == pid)
      #expect(try await machine.events(.recovered).count == 1)
      try await machine.untilReady()
    }
  }

  @Test("A process with the folder's mark that belongs to nothing is ended at the start")
  func orphan() async throws {
    try await withAgents { machine, launcher in
      try await machine.agent.stop(.down)
      let mark = "\(try StateFolder(machine.state).tag)-orphan"
      let spawn = Spawn(
        shellCommand: "sleep 300", environment: ["PATH": "/usr/bin:/bin", "SLIPWAY_INSTANCE": mark], folder: machine.folder,
        output: machine.folder + "/orphan.log")
      let pid = try spawn.start()
      // While it becomes `sleep` its environment can't be read for a moment.
      try await eventually("it is seen") { try machine.processes().map(\.pid) == [pid] }
      _ = try await launcher.start()
      #expect(ProcessExit.reap(pid) == .signal(SIGKILL))
    }
  }

  @Test("However often the agent is killed while it starts replicas, each runs once and none is lost")
  func killedWhileStarting() async throws {
    try await withAgents { machine, launcher in
      for (round, delay) in [0, 5, 15, 40].enumerated() {
        let workload = try await machine.workload(replicas: 3 + round)
        try await withThrowingTaskGroup { group in
          group.addTask { try? await machine.ensure(workload) }
          try await Task.sleep(for: .milliseconds(delay))
          try await killAgent(machine)
          group.cancelAll()
        }
        _ = try await launcher.start()
        try await machine.ensure(workload)
        try await machine.untilReady(.blue, 3 + round)
        #expect(Set(try machine.processes().map { Int($0.pid) }) == Set(try await machine.pids()))
        #expect(try machine.processes().count == 3 + round)
      }
    }
  }

  @Test("A record of another process with the same number is not believed")
  func reusedNumber() async throws {
    try await withAgents { machine, launcher in
      try await machine.ensure(try await machine.workload())
      try await machine.untilReady()
      let pid = try await machine.pids()
      try await killAgent(machine)
      let path = machine.state + "/agent/processes.json"
      var file = try JSON.decode(ProcessFile.self, from: try #require(try Files.read(path)))
      file.processes[0].pid = getpid()
      try Files.write(try JSON.encode(file), to: path)
      _ = try await launcher.start()
      #expect(try await !machine.pids().contains(Int(getpid())))
      #expect(try await machine.pids() != pid)
      try await machine.untilReady()
      #expect(try machine.processes().count == 1)
    }
  }

  @Test("After `detach` the processes run on; after `down` none does, and the next agent starts them again")
  func detachAndDown() async throws {
    try await withAgents { machine, launcher in
      try await machine.ensure(try await machine.workload())
      try await machine.untilReady()
      try await machine.apply(.all(to: .blue))
      let pids = try await machine.pids()
      try await machine.agent.stop(.detach)
      #expect(try machine.processes().map { Int($0.pid) } == pids)
      _ = try await launcher.start()
      #expect(try await machine.pids() == pids)
      try await machine.agent.stop(.down)
      #expect(try machine.processes().isEmpty)
      _ = try await launcher.start()
      try await machine.untilReady()
      #expect(try await machine.ask()?.status == 200)
    }
  }

  @Test("`down` stops a service before those that it depends on")
  func downInOrder() async throws {
    try await withAgents { machine, _ in
      let stubborn = ShutdownSpec(drain: .zero, grace: .milliseconds(600))
      let base = try await machine.workload(variables: ["IGNORE_TERM": "1"], shutdown: stubborn)
      let web = DeploymentKey(service: Name("web")!, environment: machine.key.environment)
      let request = PrepareRequest(key: web, version: base.release.version, folder: machine.folder, build: nil, artifact: "dist")
      _ = try await machine.target.prepare(request, machine.operation())
      let service = ServiceSpec(
        name: web.service, run: base.service.run, variables: base.service.variables, health: base.service.health, shutdown: stubborn,
        dependsOn: [machine.key.service])
      try await machine.ensure(base)
      try await machine.ensure(Workload(key: web, slot: .blue, release: base.release, replicas: 1, service: service))
      let reports = try await machine.agent.workloads()
      func pid(_ key: DeploymentKey) throws -> pid_t { pid_t(try #require(reports.first { $0.key == key }?.processes.first?.pid)) }
      let (api, dependent) = (try pid(machine.key), try pid(web))
      try await withThrowingTaskGroup { group in
        group.addTask { try await machine.agent.stop(.down) }
        try await eventually("the dependent service is gone") {
          let isGone = ProcessTable.status(of: dependent)?.hasEnded ?? true
          if !isGone { #expect(ProcessTable.status(of: api)?.hasEnded == false) }
          return isGone
        }
        #expect(ProcessTable.status(of: api)?.hasEnded == false)
        try await group.waitForAll()
      }
      #expect(try machine.processes().isEmpty)
    }
  }

  @Test("An agent whose task is cancelled leaves its processes running and frees its address")
  func cancelled() async throws {
    try await withFolder { folder in
      let machine = try Machine(folder: folder)
      let listen = ListenAddress(host: "127.0.0.1", port: try FreePort.choose(except: []))
      for round in 0..<2 {
        try await withThrowingTaskGroup { group in
          group.addTask { try await Agent(stateFolder: machine.state, logger: Machine.quiet).run() }
          try await eventually("the agent answers") { (try? await machine.agent.status()) != nil }
          if round == 0 {
            try await machine.ensure(try await machine.workload())
            try await machine.untilReady()
            try await machine.target.apply(.all(to: .blue), for: machine.key, listen: listen, sticky: true, machine.operation())
          }
          #expect(try await machine.ask()?.status == 200)
          group.cancelAll()
          try await group.waitForAll()
        }
        #expect(try machine.processes().count == 1)
      }
      for process in try machine.processes() { kill(process.pid, SIGKILL) }
      try await eventually("nothing is left") { try machine.processes().isEmpty }
    }
  }

  @Test("A second agent on the same folder is refused and told who runs there")
  func secondAgent() async throws {
    try await withAgents { machine, launcher in
      let status = try await machine.agent.status()
      let second = Agent(stateFolder: machine.state, logger: Machine.quiet)
      let error = await #expect(throws: SlipwayError.self) { try await second.run() }
      #expect(error?.code.rawValue == "agent-running" && error?.kind == .refused)
      #expect(error?.message.contains("process \(status.pid)") == true)
      #expect(try await launcher.start() == status)
      #expect(status.pid != Int(getpid()))
    }
  }

  @Test("One broken file of what ought to run is told, and the other services run")
  func brokenFile() async throws {
    try await withAgents { machine, launcher in
      try await machine.ensure(try await machine.workload())
      try await machine.untilReady()
      try await killAgent(machine)
      try put("{", at: machine.state + "/agent/desired/web@local.json")
      let status = try await launcher.start()
      #expect(status.problems.map(\.code.rawValue) == ["state-broken"])
      try await machine.untilReady()
    }
  }
}
