import NIOConcurrencyHelpers
import NIOCore
import SlipwayModel

/// The counters of a load: written by its event loops, read by anyone at any time.
final class Tally: Sendable {
  let started: NIODeadline
  private let counts = NIOLockedValueBox(LoadReport())

  init(started: NIODeadline) {
    self.started = started
  }

  /// A copy of the counters at an instant.
  func report(at now: NIODeadline) -> LoadReport {
    var copy = counts.withLockedValue { $0 }
    copy.seconds = seconds(to: now)
    return copy
  }

  /// Counts one request that has ended.
  func record(_ outcome: Outcome, due: NIODeadline, at now: NIODeadline, _ label: @autoclosure () -> String) {
    let seconds = seconds(to: now)
    counts.withLockedValue { report in
      report.requests += 1
      switch outcome {
      case .failed(let failure, let detail):
        report.transportFailures[failure, default: 0] += 1
        report.addSample("\(label()): \(failure.rawValue), \(detail)", at: seconds)
      case .answered(let answer):
        let microseconds = Int((now - due).nanoseconds / 1000)
        report.latency.record(microseconds: microseconds)
        report.record(answer, latencyMicroseconds: microseconds, at: seconds, label())
      }
    }
  }

  /// Counts one upload that has ended: among the requests too, but not among their latencies.
  func recordUpload(_ outcome: Outcome, bytes: Int, at now: NIODeadline, _ label: @autoclosure () -> String) {
    let seconds = seconds(to: now)
    counts.withLockedValue { report in
      report.requests += 1
      switch outcome {
      case .failed(let failure, let detail):
        report.transportFailures[failure, default: 0] += 1
        report.uploads.failed += 1
        report.addSample("\(label()): \(failure.rawValue), \(detail)", at: seconds)
      case .answered(let answer):
        report.record(answer, latencyMicroseconds: nil, at: seconds, label())
        if answer.proxyError != nil {
          report.uploads.failed += 1
        } else if answer.status < 400 {
          report.uploads.finished += 1
          report.uploads.bytes += bytes
        }
      }
    }
  }

  /// Changes the figures of the websockets, and keeps `failure` as a sample if there is one.
  func webSocket(at now: NIODeadline, failure: String? = nil, _ change: (inout LoadReport.WebSocketFigures) -> Void) {
    let seconds = seconds(to: now)
    counts.withLockedValue { report in
      change(&report.webSockets)
      if let failure { report.addSample("websocket: \(failure)", at: seconds) }
    }
  }

  private func seconds(to now: NIODeadline) -> Double { Double((now - started).nanoseconds) / 1e9 }
}

extension LoadReport {
  fileprivate mutating func record(_ answer: Answer, latencyMicroseconds: Int?, at seconds: Double, _ label: @autoclosure () -> String) {
    statuses[answer.status, default: 0] += 1
    if let error = answer.proxyError {
      proxyFailures[error, default: 0] += 1
      addSample("\(label()): \(answer.status) by the proxy, \(error)", at: seconds)
      return
    }
    versions[answer.version ?? "-", default: VersionFigures(firstSeconds: seconds)]
      .record(answer, latencyMicroseconds: latencyMicroseconds, at: seconds)
  }

  fileprivate mutating func addSample(_ text: @autoclosure () -> String, at seconds: Double) {
    guard failureSamples.count < Self.sampleLimit else { return }
    failureSamples.append("\((seconds * 1000).rounded() / 1000) s: \(text())")
  }
}

extension LoadReport.VersionFigures {
  fileprivate mutating func record(_ answer: Answer, latencyMicroseconds: Int?, at seconds: Double) {
    answers += 1
    if answer.status >= 400 { serviceErrors += 1 }
    if let latencyMicroseconds { latency.record(microseconds: latencyMicroseconds) }
    lastSeconds = seconds
  }
}
