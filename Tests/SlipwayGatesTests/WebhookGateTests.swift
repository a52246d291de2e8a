import Foundation
import SlipwayGates
import SlipwayModel
import SlipwayPorts
import SlipwayReach
import TestServer
import Testing

@Suite("A gate that is a service")
struct WebhookGateTests {
  private func ask(
    _ reply: ScriptedServer.Reply, access: MetricAccess = MetricAccess(), timeout: TimeSpan = .seconds(20)
  ) async throws -> (answer: GateAnswer, requests: [ScriptedServer.Request], url: String) {
    let server = try await ScriptedServer { _ in reply }
    let url = server.url
    let gates = Gates(secrets: SecretReader { ["QA_TOKEN": "s3cret"][$0] }, timeout: timeout)
    let answer = try await gates.ask(Fixture.question(.webhook(url: url + "/gates?team=a", access: access)))
    await gates.close()
    try await server.stop()
    return (answer, server.requests, url)
  }

  @Test(
    "Status and body are the answer",
    arguments: [
      (200, #"{"pass": true}"#, GateAnswer(.passed)), (200, #"{"pass": true, "message": "all green"}"#, GateAnswer(.passed, "all green")),
      (200, #"{"pass": false, "message": "p95 too high"}"#, GateAnswer(.failed, "p95 too high")), (202, "", GateAnswer(.pending)),
      (202, #"{"message": "running"}"#, GateAnswer(.pending, "running")), (202, #"{"pass": true}"#, GateAnswer(.pending)),
    ])
  func answers(status: Int, body: String, expected: GateAnswer) async throws {
    #expect(try await ask(.answer(status, body)).answer == expected)
  }

  @Test(
    "What is no clear answer is none",
    arguments: [
      (200, ""), (200, "ok"), (200, "{}"), (200, #"{"pass": "true"}"#), (200, #"{"pass": 1}"#), (200, #"{"pass": null}"#),
      (200, #"[true]"#),
      (200, #"{"pass": true"#),
    ])
  func garbage(status: Int, body: String) async throws {
    let (answer, _, url) = try await ask(.answer(status, body))
    #expect(answer == GateAnswer(.unanswered, "the gate at \(url) answered with no JSON that has `pass`: true or false"))
  }

  @Test("Neither a redirect nor an error is an answer, whatever the body says", arguments: [201, 204, 302, 400, 403, 404, 500, 503])
  func errors(status: Int) async throws {
    let (answer, _, url) = try await ask(.answer(status, status == 204 ? "" : #"{"pass": true}"#, headers: ["location": "/elsewhere"]))
    #expect(answer == GateAnswer(.unanswered, "the gate at \(url) answered with status \(status)"))
  }

  @Test("It is told by POST what waits, and no more")
  func question() async throws {
    let (_, requests, _) = try await ask(.answer(200, #"{"pass": true}"#))
    let plan = Digest(hashing: "plan".utf8)
    let request = try #require(requests.first)
    #expect(requests.count == 1 && request.method == "POST" && request.uri == "/gates?team=a")
    #expect(request.headers["content-type"] == "application/json")
    #expect(
      request.body
        == #"{"before":"promotion","environment":"production","gate":"load-test","plan":"\#(plan)","rollout":"r7","service":"api","version":"v2"}"#
    )
  }

  @Test("Secrets go into the request from the server's environment, and a missing one is no answer")
  func secrets() async throws {
    let (_, requests, _) = try await ask(
      .answer(200, #"{"pass": true}"#),
      access: MetricAccess(bearer: .variable("QA_TOKEN"), headers: ["X-Team": "a"], secretHeaders: ["X-Key": "QA_TOKEN"]))
    #expect(requests.first?.headers["authorization"] == "Bearer s3cret")
    #expect(requests.first?.headers["x-team"] == "a" && requests.first?.headers["x-key"] == "s3cret")
    let (answer, none, _) = try await ask(.answer(200, #"{"pass": true}"#), access: MetricAccess(bearer: .variable("NOT_SET")))
    #expect(answer == GateAnswer(.unanswered, "the variable NOT_SET is not set in the environment of the server"))
    #expect(none == [])
  }

  @Test("One that hangs, breaks off or refuses connections has not answered")
  func silence() async throws {
    let (hung, _, url) = try await ask(.silence, timeout: .milliseconds(300))
    #expect(hung == GateAnswer(.unanswered, "the gate at \(url) has not answered within 300ms"))
    let (half, _, other) = try await ask(.half(#"{"pass": true}"#), timeout: .milliseconds(300))
    #expect(half == GateAnswer(.unanswered, "the gate at \(other) has not answered within 300ms"))
    let gates = Gates()
    // Nobody listens there any more.
    let refused = try await gates.ask(Fixture.question(.webhook(url: url, access: MetricAccess())))
    #expect(refused.outcome == .unanswered && refused.words.hasPrefix("the gate at \(url) can't be reached"))
    await gates.close()
  }

  @Test("An answer without an end is none")
  func endless() async throws {
    let body = #"{"pass": true, "message": ""# + String(repeating: "a", count: 200_000) + #""}"#
    let (answer, _, url) = try await ask(.answer(200, body))
    #expect(answer == GateAnswer(.unanswered, "the gate at \(url) answered with more than 64 KiB"))
  }
}
