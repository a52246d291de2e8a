import SlipwayEngine
import SlipwayModel
import SlipwayStatistics

/// Slipway's own verdict code on a canary of 5, 10, 25 and 50 %, each left as soon as it is safe (20 s to 60 s), the last from 300 s on.
struct SlipwayPolicy: Policy {
  /// Seconds from the start until a step may be left, and until it is left without proof.
  private static let shortest = 20.0
  private static let longest = 60.0
  private static let bake = 300.0
  private static let patience = 600.0
  private static let shares = [5, 10, 25, 50]
  /// Parts of 10 s in which the world is looked at.
  static let looks = 5

  private var comparison: StableComparison
  /// Parts that are judged together.
  private let merged: Int
  private var pending = Interval()
  private var count = 0
  private var step = 0
  private var stepStart = 0.0
  private var time = 0.0

  init(_ reference: Reference) {
    var next: [Int: Double] = [:]
    for (index, share) in (Self.shares.dropFirst() + [100]).enumerated() { next[index] = Double(share) / 100 }
    let setting = ComparisonSetting(
      alpha: 0.01, metrics: [.errorRate, .latency], duration: .milliseconds(Int64(Self.patience * 1000)), nextShares: next)
    comparison = StableComparison(
      setting, reference: reference.comparison(reduction: ComparisonDesign.shippedReduction),
      requestsPerSecond: reference.requestsPerSecond)
    let part = Conditions.seconds / Double(Self.looks)
    merged = max(1, Int((Double(comparison.block.milliseconds) / 1000 / part).rounded()))
  }

  var percent: Int { Self.shares[step] }

  mutating func observe(_ interval: Interval) -> Decision {
    time += Conditions.seconds / Double(Self.looks)
    if count == 0 {
      pending = interval
    } else {
      pending.canary.add(interval.canary)
      pending.baseline.add(interval.baseline)
    }
    count += 1
    guard count == merged else { return .wait }
    count = 0
    if pending.seesCanary, pending.seesBaseline {
      comparison.take(candidate: pending.canary.slotCounts, live: pending.baseline.slotCounts)
    } else {
      comparison.skip()
    }
    if comparison.isWorse { return .rollBack }
    if !comparison.isInDoubt, mayGoOn {
      if step + 1 < Self.shares.count {
        step += 1
        stepStart = time
      } else if time >= Self.bake - 1e-9, !comparison.isLeaning {
        return .promote
      }
    }
    return time >= Self.patience - 1e-9 ? .undecided : .wait
  }

  private var mayGoOn: Bool {
    let lasted = time - stepStart + 1e-9
    return lasted >= Self.longest || lasted >= Self.shortest && comparison.isSafe(toLeave: step)
  }
}
