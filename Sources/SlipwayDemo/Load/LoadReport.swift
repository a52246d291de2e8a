import SlipwayModel

/// What became of a load, so far or in the end. Every request is counted once: as an answer of the service, as a failure
/// that the proxy reported, or as a failure of transport.
package struct LoadReport: Hashable, Sendable {
  /// Requests and uploads that ended, well or not.
  package var requests = 0
  /// Requests and uploads that got no whole answer, by kind.
  package var transportFailures: [TransportFailure: Int] = [:]
  /// Answers that the proxy made up itself, by the value of their `X-Slipway-Error` header.
  package var proxyFailures: [String: Int] = [:]
  /// Answers by status, the proxy's own included.
  package var statuses: [Int: Int] = [:]
  /// Answers of the service by the value of `X-Version`; `-` where it was missing.
  package var versions: [String: VersionFigures] = [:]
  /// From when a request was due (see ``LoadPlan/Pace``) to the last byte of its answer, over all answers but uploads'.
  package var latency = LatencyHistogram()
  package var webSockets = WebSocketFigures()
  package var uploads = UploadFigures()
  /// The first failures in words, at most ``sampleLimit``: when, what and why.
  package var failureSamples: [String] = []
  /// Since the start of the load; the whole time once it has ended.
  package var seconds = 0.0

  package static let sampleLimit = 20

  package init() {}

  /// One version of the service.
  package struct VersionFigures: Hashable, Sendable {
    /// Answers of any status, uploads included.
    package var answers = 0
    /// Those among them with status 400 or above.
    package var serviceErrors = 0
    package var latency = LatencyHistogram()
    /// When its first and its last answer came, in seconds since the start of the load.
    package var firstSeconds = 0.0
    package var lastSeconds = 0.0
  }

  /// All websockets together.
  package struct WebSocketFigures: Hashable, Sendable {
    package var handshakes = 0
    /// Handshakes that got no answer, or one that the proxy made up.
    package var failedHandshakes = 0
    /// Handshakes that the service itself answered with something else than 101.
    package var refusedHandshakes = 0
    package var sent = 0
    package var echoed = 0
    /// Messages without an echo on a connection that ended without a close frame, or in time, or with the wrong echo.
    package var lost = 0
    /// Messages that crossed the other side's close frame: known to be unread (RFC 6455, section 5.5.1), sent again on the next connection.
    package var resent = 0
    /// Connections that ended without a close frame.
    package var dropped = 0
  }

  /// All slow uploads together.
  package struct UploadFigures: Hashable, Sendable {
    /// Those whose receipt named the bytes that were sent.
    package var finished = 0
    /// Those that failed in transport or in the proxy, or got the wrong receipt. Errors of the service are not among them.
    package var failed = 0
    package var bytes = 0
  }

  /// Why a request got no whole answer.
  package enum TransportFailure: String, Codable, CodingKeyRepresentable, Hashable, Sendable, CaseIterable {
    /// No connection could be opened.
    case connect
    /// The connection ended after the request was written and before any byte of an answer.
    case noAnswer = "no_answer"
    /// The connection ended within the answer.
    case incompleteAnswer = "incomplete_answer"
    /// The answer was not HTTP.
    case malformedAnswer = "malformed_answer"
    case timeout
    /// An upload's receipt named other bytes than were sent.
    case wrongReceipt = "wrong_receipt"
  }
}

extension LoadReport {
  /// Requests and uploads that failed outside of the service: in transport, or in the proxy.
  package var failedRequests: Int {
    transportFailures.values.reduce(0, +) + proxyFailures.values.reduce(0, +)
  }

  /// ``failedRequests`` and what the service itself answered with an error, but for the versions that are meant to fail.
  package func failedRequests(exceptErrorsOf faulty: Set<String>) -> Int {
    versions.reduce(failedRequests) { $0 + (faulty.contains($1.key) ? 0 : $1.value.serviceErrors) }
  }

  /// Answers of one version so far.
  package func answers(of version: String) -> Int { versions[version]?.answers ?? 0 }

  /// Requests per second over the whole time.
  package var requestsPerSecond: Double { seconds > 0 ? Double(requests) / seconds : 0 }

  /// Whether no request, no websocket message and no upload was lost; errors of the `faulty` versions do not count.
  package func isClean(exceptErrorsOf faulty: Set<String> = []) -> Bool {
    failedRequests(exceptErrorsOf: faulty) == 0 && webSockets.lost == 0 && webSockets.failedHandshakes == 0 && uploads.failed == 0
  }
}

extension LoadReport.WebSocketFigures: Encodable {
  private enum CodingKeys: String, CodingKey {
    case handshakes, sent, echoed, lost, resent, dropped
    case failedHandshakes = "failed_handshakes"
    case refusedHandshakes = "refused_handshakes"
  }
}

extension LoadReport.UploadFigures: Encodable {
  private enum CodingKeys: String, CodingKey { case finished, failed, bytes }
}
