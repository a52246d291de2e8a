import HTTPTypes
import Hummingbird
import NIOCore
import SlipwayModel

/// Answer of `GET /v1/health`, where several servers could drive the same rollouts: who does.
package struct LeadershipView: Hashable, Sendable, Codable {
  /// By what it is agreed on: `Lease slipway/slipway`.
  package let lease: String
  /// Who leads as far as this server knows; `nil` when nobody does.
  package let leader: String?
  /// Whether that is this server, and its time is not over.
  package let leads: Bool
  /// Of this server, while it leads.
  package let term: Int64?

  package init(lease: String, leader: String?, leads: Bool, term: Int64?) {
    (self.lease, self.leader, self.leads, self.term) = (lease, leader, leads, term)
  }
}

/// What a server may do: drive rollouts by its own right, as the leader, or not at all.
package struct Station: Sendable {
  /// Whether it drives rollouts. One that does not answers questions.
  package let drives: Bool
  /// Whether another server may take its place in the same state folder while it still runs.
  let takesTurns: Bool
  private let look: @Sendable () -> LeadershipView?

  /// The only server of its state folder: it needs nobody's leave.
  package static let alone = Station(drives: true, takesTurns: false) { nil }

  /// - Parameter look: who leads at this moment.
  package static func leading(_ look: @escaping @Sendable () -> LeadershipView) -> Station {
    Station(drives: true, takesTurns: true, look: look)
  }
  package static func standingBy(_ look: @escaping @Sendable () -> LeadershipView) -> Station {
    Station(drives: false, takesTurns: true, look: look)
  }

  private init(drives: Bool, takesTurns: Bool, look: @escaping @Sendable () -> LeadershipView?) {
    (self.drives, self.takesTurns) = (drives, takesTurns)
    self.look = look
  }

  var leadership: LeadershipView? { look() }

  /// Why commands are refused; `nil` when they are not.
  var refusal: SlipwayError? {
    guard let leadership = look(), !drives || !leadership.leads else { return nil }
    let leader = leadership.leads ? nil : leadership.leader
    return SlipwayError(
      .notLeader, .refused, "this server does not lead: " + (leader.map { "\($0) does, by the \(leadership.lease)" } ?? "nobody does now"),
      remedy: leader == nil
        ? "try again in a moment: the \(leadership.lease) will be taken"
        : "send it to the server that leads; a Service that asks for readiness does")
  }

  var readiness: Response {
    let refusal = refusal
    return Response(
      status: refusal == nil ? .ok : .serviceUnavailable, headers: [.contentType: "text/plain"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: (refusal?.message ?? "ok") + "\n")))
  }
}

/// What a kubelet, or whatever looks after the server, asks without a token.
enum Probe {
  /// The process answers.
  static let alive: RouterPath = "/healthz"
  /// It takes commands.
  static let ready: RouterPath = "/readyz"
  static let paths: Set<String> = ["/healthz", "/readyz"]
}

/// Refuses whatever would change something, or sign something, where another server leads.
struct StationMiddleware: RouterMiddleware {
  let station: Station
  /// They are sent with a body and change nothing, or this process only.
  private static let questions: Set<String> = ["/v1/plan", "/v1/forecast", "/v1/shutdown"]

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    let path = request.uri.path
    let isQuestion = request.method == .get && !path.hasPrefix("/v1/audit/") || Self.questions.contains(path)
    if !isQuestion, let refusal = station.refusal { throw refusal }
    return try await next(request, context)
  }
}

extension SlipwayError.Code {
  static let notLeader = SlipwayError.Code("not-leader")
}
