import SlipwayModel
import SlipwayStatistics

/// A criterion that counts: among `n` requests a share is tolerated. It is looked at again and again until it passes, fails,
/// or time is over, as the engine does once a step's hold is over.
struct CountingGate: Hashable, Sendable {
  let tolerated: Double
  /// Whether the tolerated share itself is too much.
  let isStrict: Bool

  /// The engine's: chance is unlikely from here on.
  private static let unlikely = 0.05

  /// Most that pass among `n`; less than zero when none can.
  private func mostPassing(_ n: Int) -> Int {
    let limit = Double(n) * tolerated
    return Int(isStrict ? limit.rounded(.up) - 1 : limit.rounded(.down))
  }

  /// P(it passes) when each request counts with this probability: the walk of the count over time, as a distribution over
  /// the counts that neither pass nor fail.
  func passes(_ probability: Double, _ basis: Basis, for patience: TimeSpan) -> Double {
    let probability = min(1, max(0, probability))
    var requests = basis.requests
    let more = max(1, Int(basis.rate.rounded()))
    var looks = Int(patience.seconds * min(1, basis.rate))
    var lowest = mostPassing(requests) + 1
    var passed = lowest <= 0 ? 0 : lowest > requests ? 1 : 1 - binomialUpperTail(atLeast: lowest, of: requests, probability: probability)
    var failing = failing(requests, from: max(0, lowest))
    lowest = max(0, lowest)
    var open = (lowest..<max(lowest, failing)).map { Self.share($0, of: requests, probability) }
    let steps = (0...more).lazy.map { Self.share($0, of: more, probability) }
    let increments = Self.relevant(steps, mean: Double(more) * probability)
    while looks > 0, open.reduce(0, +) > 1e-4 {
      looks -= 1
      requests += more
      let newLowest = max(0, mostPassing(requests) + 1)
      failing = self.failing(requests, from: max(failing, newLowest))
      var next = [Double](repeating: 0, count: max(0, failing - newLowest))
      for (offset, weight) in open.enumerated() where weight > 0 {
        for (increment, chance) in increments {
          let count = lowest + offset + increment
          if count < newLowest { passed += weight * chance } else if count < failing { next[count - newLowest] += weight * chance }
        }
      }
      (open, lowest) = (next, newLowest)
    }
    return min(1, max(0, passed))
  }

  /// The smallest count from `start` on that fails among `n`.
  private func failing(_ n: Int, from start: Int) -> Int {
    var count = start
    while count <= n, binomialUpperTail(atLeast: count, of: n, probability: tolerated) >= Self.unlikely { count += 1 }
    return count
  }

  /// P(exactly `count` of `n`).
  private static func share(_ count: Int, of n: Int, _ probability: Double) -> Double {
    if count > n { return 0 }
    let more = count == n ? 0 : binomialUpperTail(atLeast: count + 1, of: n, probability: probability)
    return max(0, binomialUpperTail(atLeast: count, of: n, probability: probability) - more)
  }

  /// The increments that are not all but impossible.
  private static func relevant(_ steps: some Sequence<Double>, mean: Double) -> [(Int, Double)] {
    var found: [(Int, Double)] = []
    for (increment, chance) in steps.enumerated() {
      if chance > 1e-9 { found.append((increment, chance)) } else if Double(increment) > mean { break }
    }
    return found
  }
}
