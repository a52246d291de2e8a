import Foundation
import SlipwayModel
import SlipwayPorts
import SlipwayReach

/// A gate that is a service: it is told by POST what waits, and answers `{"pass": true}` or `{"pass": false}`, or 202 for "not yet".
struct WebhookGate: Sendable {
  let url: String
  let access: MetricAccess
  let timeout: TimeSpan
  let client: WebClient

  /// Bytes of an answer.
  private static let sizeLimit = 64 << 10

  /// What is sent; keys are a contract.
  struct Message: Encodable {
    let gate: Name
    let before: GateSpec.Place
    let rollout: String
    let service: Name
    let environment: Name
    let version: Version
    let plan: Digest
  }

  /// What is understood of the body.
  private struct Reply: Decodable {
    let pass: Bool?
    let message: String?
  }

  func ask(_ question: GateQuestion) async -> GateAnswer {
    let message = Message(
      gate: question.gate.name, before: question.gate.before, rollout: question.rollout, service: question.key.service,
      environment: question.key.environment, version: question.version, plan: question.plan)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      let body = Array(try encoder.encode(message))
      let answer = try await client.send(
        WebRequest(
          name: "the gate", url: url, body: .json(body), access: access, folder: question.folder, timeout: timeout,
          sizeLimit: Self.sizeLimit))
      return read(answer)
    } catch let error as ReachError {
      return GateAnswer(.unanswered, error.message + (error.cause.map { " (\($0))" } ?? ""))
    } catch {
      return GateAnswer(.unanswered, "the question can't be put into words: \(error)")
    }
  }

  private func read(_ answer: WebAnswer) -> GateAnswer {
    let origin = client.origin(of: url)
    guard answer.status == 200 || answer.status == 202 else {
      return GateAnswer(.unanswered, "the gate at \(origin) answered with status \(answer.status)")
    }
    let reply: Reply?
    do { reply = try JSONDecoder().decode(Reply.self, from: Data(answer.body)) } catch { reply = nil }
    if answer.status == 202 { return GateAnswer(.pending, reply?.message ?? "") }
    guard let reply, let passes = reply.pass else {
      return GateAnswer(.unanswered, "the gate at \(origin) answered with no JSON that has `pass`: true or false")
    }
    return GateAnswer(passes ? .passed : .failed, reply.message ?? "")
  }
}
