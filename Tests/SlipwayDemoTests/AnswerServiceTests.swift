import Foundation
import SlipwayModel
import Testing

@testable import AnswerService
@testable import SlipwayDemo

@Suite("The example service")
struct AnswerServiceTests {
  @Test("ERROR_PERCENT=20 fails 20 % of every thousand requests, scattered", arguments: [0.0, 0.1, 1, 20, 99.5, 100])
  func errorShare(percent: Double) {
    let failed = (1...1000).map { Faults.isError($0, percent: percent) }
    #expect(failed.filter(\.self).count == Int(percent * 10))
    if percent == 20 { #expect((15...25).contains(failed[0..<100].filter(\.self).count)) }
  }

  @Test("Jitter stays within its bound and takes every value")
  func jitter() {
    let values = Set((1...1009).map { Faults.jitter($0, below: 9) })
    #expect(values == Set(0...9))
    #expect(Faults.jitter(5, below: 0) == 0)
  }

  @Test("Flags win over the environment, and both name every switch")
  func settings() throws {
    let settings = try Settings(
      environment: ["VERSION": "v1", "PORT": "1", "NEVER_READY": "1"], arguments: ["--port", "2", "--error-percent=12.5"])
    #expect(settings == Settings(version: "v1", port: 2, errorPercent: 12.5, neverReady: true))
  }

  @Test(
    "A switch that can't be used is named",
    arguments: [
      (["--port", "x"], "PORT is a whole number from 0 to 65535, not x"), (["--port"], "--port needs a value"),
      (["--nonsense", "1"], "unknown argument --nonsense; --help lists what there is"),
    ])
  func badSettings(arguments: [String], message: String) {
    #expect(throws: SettingsError(message: message)) { try Settings(environment: [:], arguments: arguments) }
  }

  private func get(_ path: String, _ port: Int, requests: Int = 1, connections: Int = 1) async throws -> LoadReport {
    var plan = LoadPlan(port: port)
    plan.pace = .unlimited
    plan.connections = connections
    plan.requests = [.init("GET", path)]
    plan.maximumRequests = requests
    plan.duration = .seconds(20)
    return try await LoadGenerator(plan).run()
  }

  @Test("It fails the asked share of its requests for real")
  func realErrors() async throws {
    let report = try await AnswerServiceProcess.running(["VERSION": "bad", "ERROR_PERCENT": "20"]) { service in
      try await get("/v1/answers?q=a", service.port(), requests: 1000, connections: 4)
    }
    #expect(report.statuses == [200: 800, 500: 200])
    #expect(report.versions.keys.sorted() == ["bad"])
  }

  @Test("It is alive before it is ready, and with NEVER_READY it never is")
  func readiness() async throws {
    try await AnswerServiceProcess.running(["READY_DELAY_MS": "3000"]) { service in
      let port = try await service.port()
      #expect(try await get("/health", port).statuses == [200: 1])
      #expect(try await get("/ready", port).statuses == [503: 1])
      try await Task.sleep(for: .milliseconds(3100))
      #expect(try await get("/ready", port).statuses == [200: 1])
    }
    try await AnswerServiceProcess.running(["NEVER_READY": "1"]) { service in
      let report = try await get("/ready", service.port())
      #expect(report.statuses == [503: 1])
    }
  }

  @Test("SIGTERM lets an open request finish and the process end with status 0")
  func termination() async throws {
    try await AnswerServiceProcess.running(["LATENCY_MS": "1500"]) { service in
      let port = try await service.port()
      async let answer = get("/v1/answers?q=slow", port)
      try await Task.sleep(for: .milliseconds(500))
      service.send(15)
      #expect(try await answer.statuses == [200: 1])
      #expect(await service.end() == .exit(0))
    }
  }

  @Test("With IGNORE_TERM only SIGKILL ends it")
  func ignoresTerm() async throws {
    try await AnswerServiceProcess.running(["IGNORE_TERM": "1"]) { service in
      let port = try await service.port()
      service.send(15)
      try await Task.sleep(for: .milliseconds(200))
      #expect(try await get("/health", port).statuses == [200: 1])
      service.send(9)
      #expect(await service.end() == .signal(9))
    }
  }

  @Test(
    "It ends as asked: before it listens, after some requests, after some time",
    arguments: [
      (["EXIT_BEFORE_BIND": "3"], AnswerServiceProcess.End.exit(3)), (["CRASH_AFTER_MS": "100"], .exit(70)), (["PORT": "x"], .exit(64)),
    ])
  func ends(switches: [String: String], end: AnswerServiceProcess.End) async throws {
    try await AnswerServiceProcess.running(switches) { #expect(await $0.end() == end) }
  }

  @Test("CRASH_AFTER_REQUESTS=3 answers two requests, and the third kills it")
  func crash() async throws {
    try await AnswerServiceProcess.running(["CRASH_AFTER_REQUESTS": "3"]) { service in
      let report = try await get("/v1/answers?q=a", service.port(), requests: 3)
      #expect(report.statuses == [200: 2])
      #expect(report.transportFailures == [.noAnswer: 1])
      #expect(await service.end() == .exit(70))
      #expect(service.log.contains("fatal: request 3 is one too many"))
    }
  }
}
