import SlipwayModel
import SlipwayReach

extension SlipwayError.Code {
  static let metricsUnreachable = Self("metrics-unreachable")
  static let metricsRefused = Self("metrics-refused")
  static let metricsAnswer = Self("metrics-answer")
  static let metricsSeries = Self("metrics-series")
  static let metricsSecret = Self("metrics-secret")
  static let metricsCommand = Self("metrics-command")
}

extension WebClient {
  /// As ``send(_:)``, with the errors of metrics.
  func look(_ request: WebRequest) async throws(SlipwayError) -> WebAnswer {
    do throws(ReachError) { return try await send(request) } catch {
      switch error.kind {
      case .unreachable, .notStarted: throw .metricsUnreachable(error.message, error.cause)
      case .tooLong: throw .metricsAnswer(error.message, error.cause)
      case .secret: throw .metricsSecret(error.message)
      }
    }
  }
}

extension SlipwayError {
  static func metricsUnreachable(_ message: String, _ cause: (any Error)? = nil) -> SlipwayError {
    SlipwayError(
      .metricsUnreachable, .broken, message, remedy: "look whether it runs, and whether `url`, `timeout` and `tls` are right", cause: cause)
  }

  static func metricsRefused(_ message: String) -> SlipwayError {
    SlipwayError(.metricsRefused, .broken, message, remedy: "correct the query or the credentials under `metrics`")
  }

  static func metricsAnswer(_ message: String, _ cause: (any Error)? = nil) -> SlipwayError {
    SlipwayError(.metricsAnswer, .broken, message, remedy: "docs/metrics.md says what the answer has to look like", cause: cause)
  }

  static func metricsSeries(_ message: String) -> SlipwayError {
    SlipwayError(
      .metricsSeries, .broken, message, remedy: "select one by its labels, or say in the query how they make one: sum(…), max(…)")
  }

  static func metricsSecret(_ message: String) -> SlipwayError {
    SlipwayError(
      .metricsSecret, .broken, message, remedy: "it belongs to the environment of `slipway serve`, which reads it at each request")
  }

  static func metricsCommand(_ message: String, _ cause: (any Error)? = nil) -> SlipwayError {
    SlipwayError(.metricsCommand, .broken, message, remedy: "run it by hand in the project's folder", cause: cause)
  }
}
