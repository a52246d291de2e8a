/// Which failures are worth another attempt.
enum RetryRule {
  /// The most that a server's `Retry-After` is believed, in seconds.
  static let longestWait = 60

  /// - Parameter mayBeRepeated: carrying it out twice does no harm.
  static func repeats(status: Int, retryAfter: Int?, mayBeRepeated: Bool) -> Bool {
    switch status {
    // Refused before anything was done (Kubernetes: API priority and fairness).
    case 429: true
    // A server that asks to come back has not done it (client-go, `WithRetry`).
    case 500...599 where retryAfter != nil: true
    case 500, 502, 503, 504: mayBeRepeated
    default: false
    }
  }

  static func repeats(_ failure: TransportFailure, mayBeRepeated: Bool) -> Bool {
    !failure.isLasting && (failure.isUnsent || mayBeRepeated)
  }
}
