import Foundation
import Testing

@Suite("slipway simulate", .timeLimit(.minutes(4)))
struct SimulateProgramTests {
  private static let file = """
    project: demo
    services:
      api: { image: ghcr.io/demo/api, health: { min_healthy_time: 1s } }
    environments:
      production: { target: kubernetes, namespace: demo, replicas: 2 }
    strategy:
      canary:
        keep_previous: 5s
        stages: [ { traffic: 20%, duration: 10s, success_criteria: { error_rate: "<1%" } } ]

    """

  private static let scenario = """
    catalogue: false
    traffic: { requests_per_second: 20, p50: 80ms }
    releases:
      - { name: good, expect: promote }
      - { name: half, expect: go_back, error_rate: 50% }

    """

  private func with(_ body: (Program) async throws -> Void) async throws {
    try await Program.with(Self.file) { program in
      try Self.scenario.write(to: program.folder.appending(path: "s.yaml"), atomically: true, encoding: .utf8)
      try await body(program)
    }
  }

  private let short = ["simulate", "--scenario", "s.yaml", "--runs", "10", "--faults", "none"]

  @Test("The same seed prints the same bytes and writes the same page; another seed another one")
  func repeatable() async throws {
    try await with { program in
      let first = try await program.run(short + ["--seed", "3", "--html", "a.html"])
      #expect(first.status == 0 && first.errors.isEmpty, "\(first)")
      #expect(first.output.contains("left out: target: kubernetes\n") && first.output.hasSuffix("report: a.html\n"))
      let second = try await program.run(short + ["--seed", "3", "--html", "b.html"])
      #expect(second.output.replacing("b.html", with: "a.html") == first.output)
      let pages = try ["a.html", "b.html"].map { try String(contentsOf: program.folder.appending(path: $0), encoding: .utf8) }
      #expect(pages[0] == pages[1] && pages[0].hasPrefix("<!doctype html>") && pages[0].contains("</html>"))
      #expect(try await program.run(short + ["--seed", "4"]).output != first.output)
    }
  }

  @Test("JSON has the figures of each kind of release, and --check turns a wrong policy into exit status 1")
  func documents() async throws {
    try await with { program in
      let passing = try await program.run(short + ["--output", "json", "--check", "10%"])
      #expect(passing.status == 0, "\(passing)")
      let json = try passing.json
      let releases = try #require(json["releases"] as? [[String: Any]])
      #expect(releases.map { $0["id"] as? String } == ["own_good", "own_half"])
      #expect((releases[0]["promoted"] as? [String: Any])?["count"] as? Int == 10 && releases[0]["verdict"] as? String == "right")
      #expect((releases[1]["went_back"] as? [String: Any])?["share"] as? Double == 1)
      #expect(
        (json["traffic"] as? [String: Any])?["p95_ms"] as? Int == 184 && json["runs"] as? Int == 10
          && (json["violations"] as? [Any])?.isEmpty == true)
      try Self.scenario.replacing("error_rate: 50%", with: "error_rate: 0.5%")
        .write(to: program.folder.appending(path: "s.yaml"), atomically: true, encoding: .utf8)
      let failing = try await program.run(short + ["--check", "10%"])
      #expect(failing.status == 1 && failing.errors.contains("check failed: promotes"), "\(failing)")
    }
  }

  @Test(
    "Wrong input exits with 2 before anything is simulated",
    arguments: [
      (["--environment", "prod"], "unknown-environment"), (["--scenario", "none.yaml"], "no-scenario"),
      (["--scenario", "slipway.yaml"], "invalid-scenario"), (["--html", "nowhere/a.html"], "report-not-written"),
      (["--runs", "3"], "bad-arguments"), (["--faults", "gremlins"], "bad-arguments"), (["--p50", "1s", "--p95", "1s"], "bad-arguments"),
    ])
  func wrongInput(arguments: [String], code: String) async throws {
    try await with { program in
      let result = try await program.run(["simulate", "--output", "json"] + arguments)
      #expect(result.status == 2, "\(result)")
      #expect((try result.json["error"] as? [String: Any])?["code"] as? String == code)
    }
  }

  @Test("A mistake in a scenario file is shown with its line")
  func located() async throws {
    try await with { program in
      try "traffic: { p50: 80ms }\nreleases: [{ nme: a }]\n"
        .write(to: program.folder.appending(path: "s.yaml"), atomically: true, encoding: .utf8)
      let result = try await program.run("simulate", "--scenario", "s.yaml")
      #expect(result.status == 2 && result.errors.contains("s.yaml:2:14: error: `nme` is not a key of a release [unknown-key]"))
      #expect(result.errors.contains("did you mean `name`?"))
    }
  }
}
