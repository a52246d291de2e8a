import FoundationEssentials
import SlipwayModel
import SlipwayPorts

/// The machine's clock, made safe: it is read once and then goes on by the monotonic clock, so that setting the machine's
/// clock back or forward does not disturb a rollout that is under way.
package final class SystemClock: EngineClock {
  private let anchor: Timestamp
  private let started: ContinuousClock.Instant

  /// - Parameter floor: the newest instant in the journal; time goes on from there when the machine's clock says less.
  package init(notBefore floor: Timestamp? = nil) {
    let wall = Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded()))
    anchor = max(wall, floor ?? wall)
    started = ContinuousClock().now
  }

  package func now() -> Timestamp {
    let elapsed = started.duration(to: ContinuousClock().now)
    let (seconds, attoseconds) = elapsed.components
    return Timestamp(milliseconds: anchor.milliseconds + seconds * 1000 + attoseconds / 1_000_000_000_000_000)
  }

  package func sleep(for span: TimeSpan) async throws {
    try await Task.sleep(for: span.duration)
  }
}

/// Names of rollouts: the second of the start in UTC and four random letters, such as `20261121-091407-kqzt`.
package struct SystemIDs: IDSource {
  package init() {}

  package func rolloutID(at now: Timestamp) -> String {
    let digits = now.description.filter(\.isNumber)
    let letters = (0..<4).map { _ in Character(Unicode.Scalar(UInt8.random(in: 97...122))) }
    return "\(digits.prefix(8))-\(digits.dropFirst(8).prefix(6))-\(String(letters))"
  }
}
