import NIOCore
import SlipwayModel
import Testing

@testable import SlipwayDemo

@Suite("What a load counts")
struct LoadGeneratorTests {
  private func plan(_ server: FaultyServer, requests: Int = 40, _ change: (inout LoadPlan) -> Void = { _ in }) -> LoadPlan {
    var plan = LoadPlan(port: server.port)
    plan.pace = .unlimited
    plan.connections = 4
    plan.requests = [.init("GET", "/")]
    plan.duration = .seconds(10)
    plan.maximumRequests = requests
    change(&plan)
    return plan
  }

  private static let ok = FaultyServer.Behaviour.answer(status: 200, headers: ["X-Version": "v1"], body: "fine")

  @Test("Answers are counted by status and by version, and errors of the service are not failed requests")
  func versions() async throws {
    let report = try await FaultyServer.serving { _, number in
      number % 4 == 0 ? .answer(status: 500, headers: ["X-Version": "v2"], body: "no") : Self.ok
    } body: {
      try await LoadGenerator(plan($0)).run()
    }
    #expect(report.requests == 40)
    #expect(report.statuses == [200: 30, 500: 10])
    #expect(report.versions.mapValues { [$0.answers, $0.serviceErrors] } == ["v1": [30, 0], "v2": [10, 10]])
    #expect(report.latency.total == 40)
    #expect(report.failedRequests == 0)
    #expect(report.failedRequests(exceptErrorsOf: ["v2"]) == 0)
    #expect(report.failedRequests(exceptErrorsOf: []) == 10)
    #expect(report.isClean(exceptErrorsOf: ["v2"]))
    #expect(!report.isClean())
  }

  @Test("What the proxy answers itself is a failed request, by its cause")
  func proxyFailures() async throws {
    let report = try await FaultyServer.serving { _, number in
      number == 7 ? .answer(status: 503, headers: ["X-Slipway-Error": "no-slot"], body: "") : Self.ok
    } body: {
      try await LoadGenerator(plan($0)).run()
    }
    #expect(report.proxyFailures == ["no-slot": 1])
    #expect(report.failedRequests == 1)
    #expect(report.versions.keys.sorted() == ["v1"])
    #expect(report.failureSamples.count == 1)
    #expect(
      report.failureSamples[0].contains("GET / (keep-alive): 503 by the proxy, no-slot") || report.failureSamples[0].contains("GET /: 503"))
  }

  @Test(
    "A request without a whole answer has failed, is named for what happened, and is not sent again",
    arguments: [
      (FaultyServer.Behaviour.closeWithoutAnswer, LoadReport.TransportFailure.noAnswer), (.incomplete, .incompleteAnswer),
      (.garbage, .malformedAnswer), (.silence, .timeout),
    ])
  func transportFailures(behaviour: FaultyServer.Behaviour, failure: LoadReport.TransportFailure) async throws {
    let (report, seen) = try await FaultyServer.serving { _, number in
      number == 7 ? behaviour : Self.ok
    } body: { server in
      let report = try await LoadGenerator(plan(server) { $0.requestTimeout = .milliseconds(300) }).run()
      return (report, server.requests)
    }
    #expect(report.transportFailures == [failure: 1])
    #expect(report.requests == 40)
    #expect(report.answers(of: "v1") == 39)
    #expect(seen == 40)
  }

  @Test("A port that refuses is a failed request each time, and is not asked without pause")
  func refused() async throws {
    let port = try await FaultyServer.serving { _, _ in
      Self.ok
    } body: {
      $0.port
    }
    var plan = LoadPlan(port: port)
    plan.pace = .unlimited
    plan.connections = 1
    plan.duration = .milliseconds(300)
    let report = try await LoadGenerator(plan).run()
    #expect(report.transportFailures.keys.sorted { $0.rawValue < $1.rawValue } == [.connect])
    #expect((1...40).contains(report.requests))
  }

  @Test("A kept connection that ends between two requests is no failure")
  func idleClose() async throws {
    let (report, connections) = try await FaultyServer.serving { _, _ in
      .answerThenClose
    } body: { server in
      let plan = plan(server, requests: 4) {
        $0.connections = 1
        $0.keepAliveShare = 1
        $0.pace = .perSecond(2)
      }
      return (try await LoadGenerator(plan).run(), server.connections)
    }
    #expect(report.requests == 4)
    #expect(report.failedRequests == 0)
    #expect(connections == 4)
  }

  @Test("Kept connections carry many requests, the others one each", arguments: [(1.0, 4), (0.5, 22), (0.0, 40)])
  func keepAlive(share: Double, atLeast: Int) async throws {
    let (report, connections) = try await FaultyServer.serving { _, _ in
      Self.ok
    } body: { server in
      let plan = plan(server) {
        $0.keepAliveShare = share
        $0.pace = .perSecond(200)
      }
      return (try await LoadGenerator(plan).run(), server.connections)
    }
    #expect(report.failedRequests == 0)
    if share == 0.5 {
      #expect((10...35).contains(connections))
    } else {
      #expect(connections == atLeast)
    }
  }

  @Test("A server that stands still shows in the latency of every request that was due meanwhile")
  func coordinatedOmission() async throws {
    let report = try await FaultyServer.serving { _, number in
      number == 5 ? .late(.milliseconds(500)) : Self.ok
    } body: { server in
      try await LoadGenerator(
        plan(server, requests: 50) {
          $0.connections = 1
          $0.pace = .perSecond(50)
        }
      ).run()
    }
    let median = try #require(report.latency.quantileMilliseconds(0.5))
    let slow = try #require(report.latency.quantileMilliseconds(0.75))
    #expect(report.requests == 50)
    #expect(slow >= 100, "25 requests were due while the one connection waited; median \(median) ms")
  }

  @Test("A load stops when told to, and when its task is cancelled, and its counters can be read before")
  func stops() async throws {
    try await FaultyServer.serving { _, _ in
      Self.ok
    } body: { server in
      let load = LoadGenerator(plan(server) { $0.maximumRequests = nil })
      async let running = load.run()
      while load.report.requests < 10 { try await Task.sleep(for: .milliseconds(10)) }
      load.stop()
      let report = try await running
      #expect(report.seconds < 9)
      #expect(report.failedRequests == 0)

      let cancelled = LoadGenerator(plan(server) { $0.maximumRequests = nil })
      let requests = try await withThrowingTaskGroup(of: Int.self) { group in
        group.addTask { try await cancelled.run().requests }
        while cancelled.report.requests < 10 { try await Task.sleep(for: .milliseconds(10)) }
        group.cancelAll()
        return try await group.next() ?? 0
      }
      #expect(requests >= 10)
    }
  }
}
