import Foundation
import SlipwayModel
import Testing

@testable import SlipwayLocal

@Suite("Processes")
struct ProcessTests {
  private func finish(_ pid: pid_t) async throws -> ProcessExit {
    var exit: ProcessExit?
    try await eventually("process \(pid) ends") {
      exit = ProcessExit.reap(pid)
      return exit != nil
    }
    return try #require(exit)
  }

  @Test("A process leads its own session and group, in its folder, with its environment and nothing else open")
  func spawn() async throws {
    try await withFolder { folder in
      let descriptor = open("/dev/null", O_RDONLY)
      #expect(dup2(descriptor, 200) == 200)
      defer {
        close(descriptor)
        close(200)
      }
      let output = folder + "/log"
      let script = "pwd; echo $GREETING; cut -d' ' -f1,5,6 /proc/self/stat; ls /proc/self/fd | tr '\\n' ' '; kill -TERM $$; sleep 5"
      let pid = try Spawn(
        shellCommand: script, environment: ["GREETING": "hello", "PATH": "/usr/bin:/bin"], folder: folder, output: output
      )
      .start()
      #expect(try await finish(pid) == .signal(SIGTERM))
      let lines = try text(at: output).split(separator: "\n").map(String.init)
      #expect(lines[0] == folder && lines[1] == "hello")
      #expect(lines[2].split(separator: " ").dropFirst().map(String.init) == ["\(pid)", "\(pid)"])
      // 3 is the folder that `ls` itself reads.
      #expect(lines[3].trimmingCharacters(in: .whitespaces) == "0 1 2 3")
    }
  }

  @Test("A simple command takes the shell's place and a composed one keeps it")
  func simpleCommands() {
    let simple = ["./api --port $PORT", "exec-me", "./a 'x y'", "python3 -m http.server", "./api \"$X\""]
    let composed = ["a; b", "a && b", "a | b", "cd x", "X=1 ./a", "exec ./a", "(a)", "a &", "a > b", "a `b`", "", "if true"]
    #expect(simple.filter { !ShellCommand.isSimple($0) } == [])
    #expect(composed.filter(ShellCommand.isSimple) == [])
  }

  @Test("An exit is told in words: status, signal with its name, or that it can't be known")
  func exits() async throws {
    try await withFolder { folder in
      let three = try Spawn(shellCommand: "exit 3", environment: [:], folder: folder, output: folder + "/log").start()
      #expect("\(try await finish(three))" == "exit status 3")
      #expect("\(ProcessExit.signal(SIGKILL))" == "signal 9 (SIGKILL)")
      #expect(ProcessExit.reap(three) == .unknown)
    }
  }

  @Test("A folder that is not there and a log that can't be made are errors, not processes")
  func spawnFails() async throws {
    try await withFolder { folder in
      #expect(throws: SystemCallError.self) {
        try Spawn(shellCommand: "true", environment: [:], folder: folder + "/none", output: folder + "/log").start()
      }
      #expect(throws: SystemCallError.self) {
        try Spawn(shellCommand: "true", environment: [:], folder: folder, output: folder + "/none/log").start()
      }
    }
  }

  @Test("A process's line in /proc is read although its name holds blanks and parentheses")
  func statusLine() {
    let line = "42 (a (b) c) S 1 40 41 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1 2"
    let status = ProcessStatus(pid: 42, line: Array(line.utf8))
    #expect(status?.state == "S" && status?.group == 40 && status?.session == 41 && status?.startTime == 98_765)
    #expect(ProcessStatus(pid: 1, line: Array("nonsense".utf8)) == nil)
    #expect(ProcessTable.status(of: getpid())?.pid == getpid())
  }

  @Test("Processes are found by the variable that they were started with, and the ports that they listen at by their sockets")
  func finds() async throws {
    try await withFolder { folder in
      let mark = "test-\(UInt64.random(in: 0 ... .max))"
      let port = try FreePort.choose(except: [])
      let spawn = Spawn(
        arguments: [try built("answer-service")], environment: ["A": "1", "SLIPWAY_INSTANCE": mark, "PORT": "\(port)"], folder: folder,
        output: folder + "/log")
      let pid = try spawn.start()
      try await eventually("it listens") { ProcessTable.listeningPorts(of: [pid]) == [port] }
      #expect(ProcessTable.isListening(port))
      #expect(ProcessTable.carrying(mark).map(\.pid) == [pid])
      #expect(ProcessTable.variable("SLIPWAY_INSTANC", of: pid) == nil && ProcessTable.variable("A", of: pid) == "1")
      #expect(ProcessTable.members(ofSession: pid).map(\.pid) == [pid])
      kill(pid, SIGKILL)
      #expect(try await finish(pid) == .signal(SIGKILL))
      #expect(ProcessTable.status(of: pid) == nil && ProcessTable.listeningPorts(of: [pid]) == [] && !ProcessTable.isListening(port))
    }
  }

  @Test("The environment holds a few of the agent's variables, the configured ones and Slipway's, which win")
  func environment() {
    let service = ServiceSpec(name: Name("api")!, run: "./api", variables: ["MODEL": "tiny", "PORT": "1", "LANG": "de_DE.UTF-8"])
    let workload = workload(service)
    let environment = ProcessEnvironment.environment(of: workload, port: 4000, replica: 2, instance: "x-1", scratch: "/s")
    var own = environment
    for name in ProcessEnvironment.passedOn where name != "LANG" { own[name] = nil }
    #expect(
      own == [
        "MODEL": "tiny", "LANG": "de_DE.UTF-8", "PORT": "4000", "SLIPWAY_SERVICE": "api", "SLIPWAY_ENVIRONMENT": "local",
        "SLIPWAY_VERSION": "v1",
        "SLIPWAY_SLOT": "blue", "SLIPWAY_REPLICA": "2", "SLIPWAY_SCRATCH": "/s", "SLIPWAY_INSTANCE": "x-1",
      ])
    #expect(environment["PATH"]?.isEmpty == false)
  }

  @Test("A process is another one when release, command or variables differ, and the same with other health settings")
  func revision() {
    let base = ServiceSpec(name: Name("api")!, run: "./api", variables: ["A": "1"])
    func revision(_ run: String, _ variables: [String: String], health: HealthSpec = HealthSpec(), version: String = "v1") -> Digest {
      workload(ServiceSpec(name: base.name, run: run, variables: .values(variables), health: health), version: version).revision
    }
    let same = revision("./api", ["A": "1"])
    #expect(revision("./api", ["A": "1"], health: HealthSpec(liveness: "/other")) == same)
    let others = [revision("./api2", ["A": "1"]), revision("./api", ["A": "2"]), revision("./api", ["A": "1"], version: "v2")]
    #expect(Set(others + [same]).count == 4)
  }

  @Test("The wait before a restart doubles from 0.2 s to 30 s")
  func backoff() {
    let waits = (0...12).map { Backoff.delay(afterFailures: $0).milliseconds }
    #expect(waits == [0, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000, 30_000])
    #expect(Backoff.delay(afterFailures: 1000) == .seconds(30))
  }

  private func workload(_ service: ServiceSpec, version: String = "v1") -> Workload {
    let digest = Digest(hashing: "x".utf8)
    return Workload(
      key: DeploymentKey(service: service.name, environment: Name("local")!), slot: .blue,
      release: Release(version: Version(version)!, artifact: digest, configuration: digest), replicas: 1, service: service)
  }
}
