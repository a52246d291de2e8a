import ArgumentParser
import Foundation
import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import Testing

@testable import SlipwayCLI

@Suite("Slips of the pen")
struct MistakeTests {
  @Test(
    "A command or option that does not exist is named once, with what may have been meant, a code and a remedy, and exits with 2",
    arguments: [
      (["help", "foo"], "there is no command 'foo'", "the commands are: "),
      (["deplyo"], "there is no command 'deplyo'", "did you mean `deploy`? "),
      (["audit", "verfy"], "there is no command 'verfy'", "did you mean `verify`? "),
      (["deploy", "--vesion", "v2"], "there is no option '--vesion' of slipway deploy", "did you mean `--version`? "),
      (["deploy", "--version", "../x"], "the value '../x' is invalid", "a version has 1 to 128 letters, digits"),
      (["status", "--environment", "A_B"], "the value 'A_B' is invalid", "a name has 1 to 63 lowercase letters"),
      (["history", "--limit", "0"], "--limit takes a number from 1 to 10000, not 0", "`slipway help history`"),
      (["history", "--limit", "-3"], "--limit takes a number from 1 to 10000, not -3", "`slipway help history`"),
      (["logs", "--lines", "-1"], "--lines takes a number from 1 to 1000, not -1", "`slipway help logs`"),
      (["logs", "--replica", "-1"], "--replica takes a number from 0, not -1", "`slipway help logs`"),
      (["deploy"], "missing expected argument '--version <version>'", "`slipway help deploy`"),
    ])
  func arguments(arguments: [String], message: String, remedy: String) async throws {
    try await Program.with { program in
      let result = try await program.run(arguments)
      #expect(result.status == 2 && result.output.isEmpty, "\(result)")
      #expect(result.errors.hasPrefix("error: " + message), "\(result.errors)")
      #expect(result.errors.contains("[bad-arguments]\nremedy: " + remedy), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 2, "\(result.errors)")
    }
  }

  @Test("A server over TLS is refused in plain words")
  func https() async throws {
    try await Program.with { program in
      let result = try await program.run("status", "--server", "https://127.0.0.1:1")
      #expect(result.status == 2 && result.errors.contains("the API speaks plain HTTP"), "\(result)")
    }
  }

  @Test("The same situation has the same exit status: no journal, a service that is not there")
  func same() async throws {
    try await Program.with { program in
      for command in [["audit", "verify"], ["audit", "prove", "0"], ["audit", "checkpoint"], ["logs"]] {
        let result = try await program.run(command)
        #expect(result.status == 1 && result.errors.contains("there is no journal in"), "\(result)")
      }
      let plan = try await program.run("plan", "--version", "v1", "--service", "zz")
      #expect(plan.status == 2 && plan.errors.contains("[unknown-service]"), "\(plan)")
    }
  }

  @Test("down in a fresh folder makes nothing")
  func down() async throws {
    try await Program.with { program in
      let result = try await program.run("down")
      #expect(result.status == 0, "\(result)")
      #expect(!FileManager.default.fileExists(atPath: program.folder.appending(path: ".slipway").path))
    }
  }

  @Test("doctor names each place of a bad file, and points to nothing that is not in the folder")
  func doctor() async throws {
    try await Program.with("project: demo\nservices:\n  api: { artifact: app, rum: ./app }\nenvironments: {}\n") { program in
      let doctor = try await program.run("doctor")
      #expect(doctor.status == 1 && doctor.output.contains("slipway.yaml:3:") && doctor.output.contains("`slipway validate`"), "\(doctor)")
      let validate = try await program.run("validate")
      #expect(!validate.errors.contains("docs/"), "\(validate.errors)")
    }
  }

  private static let gated = """
    project: demo
    services:
      api: { artifact: app, run: ./app --port $PORT, health: { liveness: /health } }
    environments:
      gated: { listen: 127.0.0.1:8000, approvals: { minimum: 2 } }
      free: { listen: 127.0.0.1:8001 }

    """

  @Test("plan leaves out what this version can't do and warns; deploy refuses it, and warns of its own environment only")
  func refused() async throws {
    try await Program.with(Self.gated) { program in
      try Data("x".utf8).write(to: program.folder.appending(path: "app"))
      let plan = try await program.run("plan", "--version", "v1", "--environment", "gated", "--output", "json")
      #expect(plan.status == 0 && plan.errors.contains("warning: `slipway deploy` refuses this"), "\(plan)")
      let left = try plan.json["refused"] as? [String]
      #expect(left?.first?.hasPrefix("approvals") == true, "\(plan)")
      let deploy = try await program.run("deploy", "--version", "v1", "--environment", "gated")
      #expect(deploy.status == 2 && deploy.errors.contains("[unsupported-setting]"), "\(deploy)")
      #expect(deploy.errors.contains("remedy: remove them from the file") && deploy.errors.contains("[not-honoured]"), "\(deploy)")
      let place = try PlaceOptions.parse(["--file", program.folder.appending(path: "slipway.yaml").path])
      let file = try ProjectFile(place, variables: [:])
      let (gated, free) = (try #require(Name("gated")), try #require(Name("free")))
      #expect(file.report(about: gated).contains("not-honoured") && file.report(about: free).isEmpty)
    }
  }
}

@Suite("What was deployed here")
struct KnownNameTests {
  private func key(_ service: String, _ environment: String) throws -> DeploymentKey {
    DeploymentKey(service: try #require(Name(service)), environment: try #require(Name(environment)))
  }

  @Test("Names that nothing has are refused with those there are; where nothing was deployed every name passes")
  func names() throws {
    let deployed = [try key("api", "local"), try key("web", "production")]
    func code(_ arguments: String..., among keys: [DeploymentKey]) throws -> String? {
      do { try SelectionOptions.parse(arguments).check(keys) } catch let error as SlipwayError {
        return "\(error.code.rawValue): \(error.remedy)"
      }
      return nil
    }
    #expect(try code("--environment", "nope", among: deployed) == "unknown-environment: use one of: local, production")
    #expect(try code("--service", "zz", among: deployed) == "unknown-service: use one of: api, web")
    #expect(try code("--service", "web", "--environment", "local", among: deployed) == "unknown-service: use one of: api")
    #expect(try code("--service", "web", "--environment", "production", among: deployed) == nil)
    #expect(try code("--service", "zz", among: []) == nil)
  }

  @Test("A log's name says whose it is, also where names have hyphens")
  func logs() throws {
    let plain = ReplicaLog(key: try key("api", "local"), slot: .green, replica: 0, isRunning: false)
    #expect(LogFiles.log(named: "api@local-green-0.log") == plain)
    #expect(LogFiles.log(named: "my@api-local-blue-12.log")?.key == (try key("my", "api-local")))
    #expect(LogFiles.log(named: "my-api@local-blue-12.log")?.key == (try key("my-api", "local")))
    for name in [
      "agent.log", "api@local-red-0.log", "api@local-blue-x.log", "build-api@1.log", "api@local-blue-0.txt", "a-local-blue-0.log",
    ] {
      #expect(LogFiles.log(named: name) == nil, "\(name)")
    }
  }

  @Test("Who listens at a port is read from the kernel's table")
  func ports() {
    let table = """
        sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
         0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0
         1: 0100007F:1F40 0100007F:B1C2 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0 100 0 0 10 0
         2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0

      """
    #expect(PortHolder.listening(at: 8000, in: table) == ["4711"])
    #expect(PortHolder.listening(at: 80, in: table) == ["4713"])
    #expect(PortHolder.listening(at: 81, in: table) == [])
  }
}
