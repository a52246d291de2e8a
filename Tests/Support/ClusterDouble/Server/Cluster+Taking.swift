import SlipwayModel
import SlipwayPorts

extension Cluster {
  /// Takes a request as the server does, whatever brought it: first what goes wrong, then the answer.
  ///
  /// - Returns: `nil` when the connection breaks off; the caller can't know whether the request was carried out.
  /// - Throws: `CancellationError` while it is held up.
  package func take(_ request: APIRequest) async throws -> APIAnswer? {
    let verdict = verdict(on: request)
    if verdict.delay > .zero { try await clock.sleep(for: verdict.delay) }
    if verdict.dropsBefore { return nil }
    let answer = respond(to: request, verdict)
    return verdict.dropsAfter ? nil : answer
  }
}

extension APIRequest {
  /// A request as it comes over a wire.
  ///
  /// - Parameters:
  ///   - path: percent-encoded, without the query.
  ///   - query: decoded.
  ///   - authorization: the header of this name.
  /// - Returns: `nil` when the body is no JSON; ``APIAnswer/unreadable`` is the answer then.
  package init?(
    _ method: String, encodedPath path: String, query: [String: String], contentType: String, userAgent: String, authorization: String?,
    body: [UInt8]
  ) {
    var value: JSONValue?
    if !body.isEmpty {
      do { value = try JSONParser.parse(body) } catch { return nil }
    }
    self.init(
      method, Self.decoded(path), query: query, contentType: contentType, userAgent: userAgent,
      bearer: authorization.flatMap { $0.hasPrefix("Bearer ") ? String($0.dropFirst(7)) : nil }, body: value)
  }

  private static func decoded(_ path: String) -> String {
    guard path.contains("%") else { return path }
    var bytes: [UInt8] = []
    var rest = Array(path.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension APIAnswer {
  /// To a request whose body is no JSON.
  package static let unreadable: APIAnswer = {
    let error = APIError.badRequest("the body of the request is not valid JSON")
    return .json(error.code, error.status)
  }()

  /// An answer as it goes over a wire, but for a watch.
  package struct Written: Sendable {
    package let status: Int
    package let contentType: String
    package let bytes: [UInt8]
    package let retryAfterSeconds: Int?
  }

  /// `nil` for a watch, of which ``WatchReader`` tells.
  package var written: Written? {
    switch self {
    case .json(let code, let value, let seconds):
      Written(status: code, contentType: "application/json", bytes: JSONWriter.write(value), retryAfterSeconds: seconds)
    case .text(let code, let text):
      Written(status: code, contentType: "text/plain", bytes: Array(text.utf8), retryAfterSeconds: nil)
    case .watch: nil
    }
  }

  /// Events of a watch as lines.
  package static func lines(of events: [JSONValue]) -> [UInt8] {
    events.flatMap { JSONWriter.write($0) + [UInt8(ascii: "\n")] }
  }
}
