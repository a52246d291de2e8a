import SlipwayModel
import Testing

@testable import SlipwayDemo

@Suite("Websockets and uploads of a load")
struct WebSocketAndUploadTests {
  private func plan(port: Int, _ change: (inout LoadPlan) -> Void) -> LoadPlan {
    var plan = LoadPlan(port: port)
    plan.connections = 0
    plan.webSocketInterval = .milliseconds(20)
    plan.uploadDuration = .milliseconds(200)
    plan.duration = .milliseconds(1500)
    change(&plan)
    return plan
  }

  private func sockets(_ behaviour: FaultyServer.SocketBehaviour) async throws -> LoadReport {
    try await FaultyServer.serving(sockets: behaviour) { _, _ in
      .silence
    } body: { server in
      try await LoadGenerator(plan(port: server.port) { $0.webSockets = 1 }).run()
    }
  }

  @Test("Against the example service every message comes back and every upload's receipt is right")
  func exampleService() async throws {
    let report = try await AnswerServiceProcess.running(["VERSION": "v7"]) { service in
      let port = try await service.port()
      return try await LoadGenerator(
        plan(port: port) {
          $0.webSockets = 3
          $0.slowUploads = 2
          $0.connections = 4
          $0.pace = .perSecond(100)
        }
      ).run()
    }
    #expect(report.isClean(), "\(report.failureSamples)")
    #expect(report.webSockets.handshakes == 3)
    #expect(report.webSockets.sent >= 6)
    #expect(report.webSockets.echoed == report.webSockets.sent)
    #expect(report.uploads.finished >= 2)
    #expect(report.uploads.bytes == report.uploads.finished * 65_536)
    #expect(report.versions.keys.sorted() == ["v7"])
    #expect(report.requests == report.latency.total + report.uploads.finished)
  }

  @Test("A message on a websocket that ends without a goodbye is lost, and a new websocket is opened")
  func lost() async throws {
    let figures = try await sockets(.swallowAndClose).webSockets
    #expect([figures.lost, figures.dropped, figures.resent, figures.handshakes] == [1, 1, 0, 2])
    #expect(figures.sent == figures.echoed + 1)
  }

  @Test("A message that crosses a goodbye is sent again on the next websocket and is not lost")
  func goodbye() async throws {
    let figures = try await sockets(.sayGoodbye).webSockets
    #expect([figures.lost, figures.dropped, figures.resent, figures.handshakes] == [0, 0, 1, 2])
    #expect(figures.sent == figures.echoed)
  }

  @Test("A service that is killed loses what was under way")
  func killed() async throws {
    let report = try await AnswerServiceProcess.running(["LATENCY_MS": "400"]) { service in
      let port = try await service.port()
      let load = LoadGenerator(
        plan(port: port) {
          $0.slowUploads = 1
          $0.uploadDuration = .seconds(2)
          $0.duration = .seconds(2)
          $0.connections = 2
          $0.pace = .unlimited
          $0.requests = [.init("GET", "/v1/answers?q=a")]
        })
      async let running = load.run()
      while load.report.requests < 2 { try await Task.sleep(for: .milliseconds(10)) }
      try await Task.sleep(for: .milliseconds(100))
      service.send(9)
      return try await running
    }
    #expect(report.transportFailures[.noAnswer, default: 0] >= 2)
    #expect(report.uploads.failed >= 1)
    #expect(report.failedRequests > report.uploads.failed)
  }

  @Test("An upload whose receipt names other bytes has failed")
  func wrongReceipt() async throws {
    let report = try await FaultyServer.serving { _, _ in
      .answer(status: 200, headers: [:], body: #"{"bytes":65536,"checksum":"00000000"}"#)
    } body: { server in
      try await LoadGenerator(plan(port: server.port) { $0.slowUploads = 1 }).run()
    }
    #expect(report.transportFailures.keys.map(\.rawValue) == ["wrong_receipt"])
    #expect(report.uploads.finished == 0)
  }
}
