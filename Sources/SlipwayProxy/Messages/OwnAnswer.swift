import NIOCore

/// An answer that the proxy gives itself, as text with a stable code and what to do about it.
struct OwnAnswer: Error, Hashable, Sendable {
  let status: Int
  /// Short and stable, also in the header field `X-Slipway-Error`.
  let code: String
  let message: String
  let remedy: String
  /// Seconds after which a new attempt makes sense.
  var retryAfter: Int?

  // Requests that are refused

  static func badRequest(_ message: String) -> OwnAnswer {
    OwnAnswer(status: 400, code: "bad-request", message: message, remedy: "Send a request that follows RFC 9112.")
  }
  static let requestTimeout = OwnAnswer(
    status: 408, code: "request-timeout", message: "The request did not arrive in time.", remedy: "Send the request without pauses.")
  static let targetTooLong = OwnAnswer(
    status: 414, code: "target-too-long", message: "The request target is too long.", remedy: "Send the data in the body instead.")
  static let expectationFailed = OwnAnswer(
    status: 417, code: "expectation-failed", message: "Only 100-continue can be expected.", remedy: "Leave the field Expect out.")
  static let headerTooLarge = OwnAnswer(
    status: 431, code: "header-too-large", message: "The header has too many fields or bytes.",
    remedy: "Send fewer or smaller header fields, for example cookies.")
  static let notImplemented = OwnAnswer(
    status: 501, code: "not-implemented", message: "The method or transfer coding is not supported.",
    remedy: "Use a method of RFC 9110 other than CONNECT, and no transfer coding but chunked.")

  // Requests that can't be served now

  static let noTraffic = OwnAnswer(
    status: 503, code: "no-release", message: "No release is serving yet.", remedy: "Deploy a release, or try again later.", retryAfter: 1)
  static let noReadyEndpoint = OwnAnswer(
    status: 503, code: "no-ready-endpoint", message: "No replica is ready to take the request.",
    remedy: "Try again; if it lasts, look at the health of the service.", retryAfter: 1)
  static let heldTooLong = OwnAnswer(
    status: 503, code: "paused", message: "The service is paused and the request was held as long as allowed.", remedy: "Try again.",
    retryAfter: 1)
  static let heldTooMany = OwnAnswer(
    status: 503, code: "paused", message: "The service is paused and no more requests are held.", remedy: "Try again.", retryAfter: 1)
  static let tooManyConnections = OwnAnswer(
    status: 503, code: "too-many-connections", message: "Too many connections are open.", remedy: "Try again, or reuse connections.",
    retryAfter: 1)
  static let shuttingDown = OwnAnswer(
    status: 503, code: "shutting-down", message: "The replica or the proxy is being stopped.", remedy: "Try again.", retryAfter: 1)

  // The service failed

  static let unreachable = OwnAnswer(
    status: 502, code: "upstream-unreachable", message: "No connection to the service could be opened.",
    remedy: "Try again; if it lasts, look at the health of the service.")
  static let upstreamClosed = OwnAnswer(
    status: 502, code: "upstream-closed", message: "The service closed the connection without an answer.",
    remedy: "The request may have been carried out: check before sending it again.")
  static let upstreamMalformed = OwnAnswer(
    status: 502, code: "upstream-malformed", message: "The service's answer does not follow HTTP/1.1.", remedy: "Look at the service.")
  static let upstreamTimeout = OwnAnswer(
    status: 504, code: "upstream-timeout", message: "The service did not answer in time.",
    remedy: "The request may have been carried out: check before sending it again.")

  /// Writes the whole answer.
  func write(to buffer: inout ByteBuffer, close: Bool, headOnly: Bool) {
    let body = "\(message) [\(code)]\n\(remedy)\n"
    buffer.writeStatusLine(status)
    buffer.writeString("Content-Type: text/plain; charset=utf-8\r\nContent-Length: \(body.utf8.count)\r\nX-Slipway-Error: \(code)\r\n")
    if let retryAfter { buffer.writeString("Retry-After: \(retryAfter)\r\n") }
    if close { buffer.writeStaticString("Connection: close\r\n") }
    buffer.writeStaticString("\r\n")
    if !headOnly { buffer.writeString(body) }
  }
}
