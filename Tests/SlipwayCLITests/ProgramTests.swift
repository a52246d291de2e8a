import Foundation
import Testing

@Suite("The program", .timeLimit(.minutes(2)))
struct ProgramTests {
  @Test("validate says what the file describes")
  func valid() async throws {
    try await Program.with { program in
      let text = try await program.run("validate")
      #expect(text.status == 0)
      #expect(text.output == "slipway.yaml is valid: project demo\n  local        local, canary, 2 replicas of: api\n")
      let json = try await program.run("validate", "--output", "json").json
      #expect(json["valid"] as? Bool == true && json["environments"] as? [String] == ["local"])
    }
  }

  @Test("validate names every mistake with its place, the line and a remedy, and exits with 2")
  func invalid() async throws {
    try await Program.with("project: demo\nservices:\n  api: { artifact: app, rum: ./app }\nenvironments: {}\n") { program in
      let text = try await program.run("validate")
      #expect(text.status == 2 && text.output.isEmpty)
      #expect(text.errors.contains("slipway.yaml:3:") && text.errors.contains("^^^") && text.errors.contains("did you mean `run`"))
      #expect(text.errors.contains("[invalid-configuration]"))
      let json = try await program.run("validate", "--output", "json")
      #expect(json.status == 2)
      #expect((try json.json["error"] as? [String: Any])?["code"] as? String == "invalid-configuration")
      let mistake = try #require((json.json["diagnostics"] as? [[String: Any]])?.first { $0["line"] as? Int == 3 })
      #expect(mistake["file"] as? String == "slipway.yaml" && mistake["column"] as? Int != nil)
      #expect(mistake["code"] as? String == "unknown-key")
      #expect((mistake["remedy"] as? String)?.contains("did you mean `run`") == true && mistake["message"] as? String != nil)
    }
  }

  @Test("plan needs no server, and says what it assumes")
  func plan() async throws {
    try await Program.with { program in
      let text = try await program.run("plan", "--version", "v2")
      #expect(text.status == 0 && text.output.contains("no server was asked"))
      #expect(text.output.contains("by one switch of traffic until 1h after promotion"))
      let json = try await program.run("plan", "--version", "v2", "--first", "--output", "json").json
      #expect(json["basis"] as? String == "first")
      #expect((json["rollback"] as? [String: Any])?["possible"] as? Bool == false)
      #expect(!FileManager.default.fileExists(atPath: program.folder.appending(path: ".slipway").path))
    }
  }

  @Test(
    "Wrong input exits with 2 and a remedy, before anything is started",
    arguments: [
      (["deploy", "--version", "v2", "--environment", "prod"], "unknown-environment"),
      (["deploy", "--version", "v2", "--service", "web"], "unknown-service"),
      (["deploy", "--version", "v2", "--file", "none.yaml"], "no-configuration"), (["deploy"], "bad-arguments"),
      (["status", "--server", "nonsense"], "server-unreachable"),
    ])
  func wrongInput(arguments: [String], code: String) async throws {
    try await Program.with { program in
      let result = try await program.run(arguments + ["--output", "json"])
      #expect(result.status == 2, "\(result)")
      #expect((try result.json["error"] as? [String: Any])?["code"] as? String == code)
      #expect(!result.errors.isEmpty)
      #expect(!FileManager.default.fileExists(atPath: program.folder.appending(path: ".slipway").path))
    }
  }

  @Test("Where nothing was deployed yet, commands that look say so with 0, the others refuse with 1, and nothing is started")
  func nothingDeployed() async throws {
    try await Program.with { program in
      let sentence = "nothing was deployed here yet"
      for command in ["status", "history"] {
        let result = try await program.run(command)
        #expect(result.status == 0 && result.output.contains(sentence) && result.errors.isEmpty, "\(result)")
      }
      #expect(try await program.run("history", "--output", "json").json["rollouts"] as? [String] == [])
      #expect(try await program.run("status", "--output", "json").json["deployments"] as? [String] == [])
      for command in ["watch", "rollback", "abort", "promote", "retry"] {
        let result = try await program.run(command)
        #expect(result.status == 1 && result.errors.contains(sentence) && result.errors.contains("[nothing-deployed]"), "\(result)")
      }
      #expect(!FileManager.default.fileExists(atPath: program.folder.appending(path: ".slipway").path))
    }
  }

  @Test("A server that is named and does not answer is 4, and its cause is in plain words")
  func noServer() async throws {
    try await Program.with { program in
      let result = try await program.run("status", "--server", "http://127.0.0.1:1")
      #expect(result.status == 4 && result.errors.contains("[server-unreachable]") && result.errors.contains("remedy: "))
      #expect(!result.errors.contains("errno") && !result.errors.contains("Error Domain"), "\(result.errors)")
    }
  }

  @Test("An artifact that is missing is warned of by plan, validate and doctor, and refused by deploy before anything starts")
  func missingArtifact() async throws {
    try await Program.with { program in
      let sentence = "the artifact app of api was not found at"
      for arguments in [["plan", "--version", "v1"], ["validate"]] {
        let result = try await program.run(arguments)
        #expect(result.status == 0 && result.errors.contains("warning: " + sentence), "\(result)")
      }
      #expect(try await program.run("doctor").output.contains(sentence))
      let deploy = try await program.run("deploy", "--version", "v1")
      #expect(deploy.status == 2 && deploy.errors.contains("[artifact-missing]"), "\(deploy)")
      #expect(!FileManager.default.fileExists(atPath: program.folder.appending(path: ".slipway").path))
    }
  }

  @Test("A command that does not exist is named as such, in JSON too")
  func unknownCommand() async throws {
    try await Program.with { program in
      let error = try await program.run("frob", "--output", "json").json["error"] as? [String: Any]
      #expect(error?["message"] as? String == "there is no command 'frob'")
      #expect((error?["remedy"] as? String)?.contains("deploy") == true)
    }
  }

  @Test("A verifier key that can be none is wrong input")
  func badKey() async throws {
    try await Program.with { program in
      let result = try await program.run("audit", "verify", "--key", "bogus")
      #expect(result.status == 2 && result.errors.contains("[bad-key]"), "\(result)")
    }
  }

  @Test("init writes a file that is valid, and never writes over one unless told to")
  func initialise() async throws {
    try await Program.with(nil) { program in
      #expect(try await program.run("init").status == 0)
      #expect(try await program.run("validate").status == 0)
      let again = try await program.run("init")
      #expect(again.status == 2 && again.errors.contains("[file-exists]"))
      try "broken".write(to: program.folder.appending(path: "slipway.yaml"), atomically: true, encoding: .utf8)
      #expect(try await program.run("init", "--force").status == 0)
      #expect(try await program.run("validate").status == 0)
    }
  }

  @Test("doctor checks without a server, and fails with 1 when something is wrong")
  func doctor() async throws {
    try await Program.with { program in
      let json = try await program.run("doctor", "--output", "json").json
      let checks = try #require(json["checks"] as? [[String: Any]])
      #expect(
        checks.compactMap { $0["name"] as? String }
          == ["configuration", "state folder", "disk space", "agent", "server", "port", "artifact", "journal"])
      let broken = try await program.run("doctor", "--file", "none.yaml")
      #expect(broken.status == 1 && broken.output.contains("✗ configuration"))
    }
  }

  @Test("Output that is no terminal has no colour and draws nothing over, and --version tells the version")
  func plain() async throws {
    try await Program.with { program in
      for arguments in [["plan", "--version", "v2"], ["doctor"], ["--help"], ["--version"]] {
        let result = try await program.run(arguments, environment: ["TERM": "xterm-256color"])
        #expect(!result.output.contains("\u{1b}"), "\(result.output)")
      }
      #expect(try await program.run("--version").output.split(separator: ".").count == 3)
    }
  }

  @Test("down does nothing when nothing runs")
  func down() async throws {
    try await Program.with { program in
      let result = try await program.run("down")
      #expect(result.status == 0 && result.output == "server: not running\nagent: not running\n")
    }
  }

  @Test("audit verify says that there is no journal, instead of calling nothing whole")
  func noJournal() async throws {
    try await Program.with { program in
      let result = try await program.run("audit", "verify", "--output", "json")
      #expect(result.status == 1)
      #expect((try result.json["error"] as? [String: Any])?["code"] as? String == "journal-missing")
    }
  }
}
