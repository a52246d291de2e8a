import SlipwayModel

/// How long to wait before the next attempt: doubled each time up to a bound, and spread so that many that failed together
/// don't come back together.
struct BackOff: Sendable {
  let first: TimeSpan
  let most: TimeSpan
  /// From 0 to below 1.
  let random: @Sendable () -> Double

  /// - Parameters:
  ///   - attempt: 0 after the first failure.
  ///   - asked: what the server asked for with `Retry-After`; it is kept, and spread by up to a tenth of a second above it.
  /// - Returns: between half and all of the doubled time.
  func pause(after attempt: Int, asked: TimeSpan? = nil) -> TimeSpan {
    if let asked { return asked + .milliseconds(Int64(100 * random())) }
    let doubled = min(most.milliseconds, first.milliseconds << min(attempt, 20))
    return .milliseconds(Int64((Double(doubled) * (0.5 + random() / 2)).rounded(.up)))
  }
}
