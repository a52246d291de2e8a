import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How long a comparison takes to find a regression, stated before the rollout.
///
/// Nothing is drawn at random: each interval brings the evidence that it brings on average, and how far single rollouts are from that is taken
/// from the variance of the bet that decides. docs/statistics.md says how near this is to simulated rollouts.
package struct DetectionForecast: Sendable {
  package let design: ComparisonDesign
  package let reference: ComparisonReference
  /// Upper bounds of all buckets of the reference's histogram but the last, in any unit; needed for slower responses only.
  package let bounds: [Double]
  /// The false-alarm probability of the comparison, inside 0...1.
  package let alpha: Double
  /// The bucket that the candidate's requests in each bucket are counted in, where longer response times are tolerated; empty: the same.
  package let tolerated: [Int]

  package init(
    design: ComparisonDesign = .standard, reference: ComparisonReference, bounds: [Double] = [], alpha: Double = 0.01,
    tolerated: [Int] = []
  ) {
    self.design = design
    self.reference = reference
    self.bounds = bounds
    self.alpha = alpha
    self.tolerated = tolerated
  }

  /// What the candidate does worse from its first request on.
  package enum Regression: Hashable, Sendable {
    /// Its error ratio is the reference's times this.
    case errorsMultiplied(by: Double)
    /// Its error ratio is the reference's plus this share of requests: 0.01 is one percentage point.
    case errorsAdded(Double)
    /// All its response times are this many times as long.
    case slower(factor: Double)
  }

  /// A stretch of the rollout with one split.
  package struct Stage: Hashable, Sendable {
    /// The candidate's share of requests, 0...1.
    package var share: Double
    package var seconds: Double

    package init(share: Double, seconds: Double) {
      self.share = share
      self.seconds = seconds
    }
  }

  /// Seconds from the start of the first stage to the end of the interval in which the average evidence reaches 1/alpha; `nil` if that is
  /// not within the stages.
  ///
  /// The capital of every alternative is followed interval by interval with the mean of ln e, as ``SequentialComparison`` does with counts:
  /// prior weights, onset mixture, warm-up, overdispersion guard and the length of an interval are all in it.
  ///
  /// Example: 500 requests/s, errors 1 % to 3 %, share 5 %, intervals of 10 s, alpha 1 %: 30 s.
  ///
  /// - Parameters:
  ///   - requestsPerSecond: of both slots together.
  ///   - interval: seconds, above 0.
  package func seconds(
    toDetect regression: Regression, requestsPerSecond: Double, stages: [Stage], interval: Double
  ) -> Double? {
    guard interval > 0, requestsPerSecond > 0 else { return nil }
    var comparison = SequentialComparison(design: design, reference: reference)
    var elapsed = 0.0
    for stage in stages {
      let means = moments(of: regression, requests: requestsPerSecond * interval, share: stage.share).map(\.mean)
      for _ in 0..<Int(min(Self.mostIntervals, (stage.seconds / interval).rounded(.down))) {
        comparison.observe(logEValues: means)
        elapsed += interval
        if comparison.logEvidence >= -log(alpha) { return elapsed }
      }
    }
    return nil
  }

  /// By when half, and by when nine in ten rollouts with a regression have been stopped, at one split.
  package struct Detection: Hashable, Sendable {
    /// Seconds, whole intervals.
    package let median: Double
    /// Seconds, whole intervals; what to tell a person who asks "within how long".
    package let nineInTen: Double
  }

  /// How long detection takes at one split that lasts.
  ///
  /// The average evidence reaches the threshold at T. Around it the evidence is taken as a random walk with the drift μ and the variance σ² per
  /// second of the bet that leads then, so that detection times follow the inverse Gaussian law (Wald 1947)
  /// P(T' ≤ t) = Φ((t − T) μ / (σ √t)) + exp(2 μ² T / σ²) Φ(−(t + T) μ / (σ √t)).
  /// Good where several events decide; where one or two do, times are multiples of the interval anyway.
  ///
  /// Example: 50 requests/s, errors 1 % to 2 %, share 10 %, intervals of 10 s, alpha 1 %: half by 360 s, nine in ten by 720 s.
  ///
  /// - Parameters:
  ///   - requestsPerSecond: of both slots together.
  ///   - interval: seconds, above 0.
  ///   - limit: seconds after which to give up.
  /// - Returns: `nil` if the average evidence is not enough within the limit.
  package func detection(
    of regression: Regression, requestsPerSecond: Double, share: Double, interval: Double, limit: Double = 86_400
  ) -> Detection? {
    guard interval > 0, requestsPerSecond > 0 else { return nil }
    var comparison = SequentialComparison(design: design, reference: reference)
    let moments = moments(of: regression, requests: requestsPerSecond * interval, share: share)
    let means = moments.map(\.mean)
    var before = 0.0
    for count in 1...Int(min(Self.mostIntervals, max(1, limit / interval))) {
      comparison.observe(logEValues: means)
      if comparison.logEvidence >= -log(alpha) {
        let part = (-log(alpha) - before) / max(comparison.logEvidence - before, .leastNormalMagnitude)
        let bets = comparison.table.bets
        let leader = bets.indices.max { a, b in
          bets[a].logPrior + comparison.logWealth[a] < bets[b].logPrior + comparison.logWealth[b]
        }
        guard let leader else { return nil }
        let start = Double(bets[leader].start)
        let passage = FirstPassage(
          mean: max(Double(count) - 1 + part - start, part), drift: moments[leader].mean, variance: moments[leader].variance)
        return Detection(
          median: interval * (start + passage.quantile(0.5)).rounded(.up),
          nineInTen: interval * (start + passage.quantile(0.9)).rounded(.up))
      }
      before = comparison.logEvidence
    }
    return nil
  }

  /// Wald's approximation for one split, without regard to intervals and warm-up:
  /// (ln(1/alpha) + ln(1/q) + ln(1/π)) / I for the quickest alternative, q its prior weight, π the share that bets from the start and I its mean
  /// ln e per second; `nil` if no alternative wins on average.
  ///
  /// Example: errors 1 % to 3 %, 500 requests/s, share 5 %, alpha 1 %: the alternative "×2.5" with q = 1/14 needs 4.605 + 2.639 + 0.223 nats
  /// and gains 500 (0.05 · 0.03 ln 2.5 − 0.011 ln 1.075) = 0.2895 per second: 25.8 s.
  package func waldSeconds(toDetect regression: Regression, requestsPerSecond: Double, share: Double) -> Double? {
    let perSecond = moments(of: regression, requests: requestsPerSecond, share: share).map(\.mean)
    let bets = BetTable(design: design, reference: reference).bets
    return zip(bets, perSecond).compactMap { bet, mean in
      mean > 0 ? (-log(alpha) - bet.logPrior - log(design.firstOnset)) / mean : nil
    }.min()
  }

  /// No stage is followed for longer than this.
  private static let mostIntervals = 100_000.0

  /// Mean and variance of ln e of one alternative.
  struct Moments {
    var mean = 0.0
    var variance = 0.0

    /// Adds Poisson counts with these means, of which each one of the candidate brings `gain` − `cost` and each one of the stable slot −`cost`.
    mutating func add(candidate: Double, stable: Double, gain: Double, cost: Double) {
      mean += candidate * gain - (candidate + stable) * cost
      variance += candidate * (gain - cost) * (gain - cost) + stable * cost * cost
    }
  }

  /// What every alternative makes of this many requests of both slots.
  func moments(of regression: Regression, requests: Double, share: Double) -> [Moments] {
    let table = BetTable(design: design, reference: reference)
    guard share > 0, share < 1 else { return table.bets.map { _ in Moments() } }
    let stable = reference.errors.rate
    var candidate = stable
    var factor = 1.0
    switch regression {
    case .errorsMultiplied(let times): candidate = min(1, stable * times)
    case .errorsAdded(let more): candidate = min(1, stable + more)
    case .slower(let times): factor = times
    }
    let total = Double(reference.histogram.reduce(0, +))
    let before = reference.histogram.map { Double($0) / max(1, total) }
    let after = counted(slowed(before, by: factor))
    let (ours, others) = (requests * share, requests * (1 - share))
    return table.bets.map { bet in
      var moments = Moments()
      switch bet.kind {
      case .events(let counter, let excess):
        guard counter < 0 else { break }
        let (xc, xb) = (ours * candidate, others * stable)
        let gated = EventRatio.gatedRatio(
          excess: excess, referenceRate: stable, events: xc + xb, exposure: requests, share: share)
        let tolerated = 1 + design.errorTolerance
        let (ratio, share) = (gated.ratio / tolerated, EventRatio.eventShare(share, ratio: tolerated))
        guard ratio > 1 else { break }
        let discount = Overdispersion.discount(
          squaredVariation: reference.errors.squaredVariation, events: xc + xb, share: share, factor: design.guardFactor)
        moments.add(candidate: xc, stable: xb, gain: log(ratio) / discount, cost: log1p(share * (ratio - 1)) / discount)
      case .shift(let row):
        for bucket in before.indices {
          moments.add(
            candidate: ours * after[bucket], stable: others * before[bucket], gain: table.shiftLogRatios[row + bucket],
            cost: log1p(share * table.shiftGrowths[row + bucket]))
        }
      case .tail(let bucket):
        moments.add(
          candidate: ours * after[bucket...].reduce(0, +), stable: others * before[bucket...].reduce(0, +), gain: bet.logRatio,
          cost: log1p(share * (bet.size - 1)))
      }
      return moments
    }
  }

  /// The shares by the bucket that the candidate's requests are counted in.
  private func counted(_ shares: [Double]) -> [Double] {
    guard tolerated.count == shares.count else { return shares }
    var counted = [Double](repeating: 0, count: shares.count)
    for (bucket, place) in tolerated.enumerated() { counted[place] += shares[bucket] }
    return counted
  }

  /// The shares per bucket when every response takes `factor` times as long. Within a bucket the logarithm of response times is taken as
  /// evenly spread (in the first, the response times); the open bucket keeps what is in it.
  private func slowed(_ shares: [Double], by factor: Double) -> [Double] {
    guard factor != 1, factor > 0, bounds.count + 1 == shares.count else { return shares }
    var sums = [0.0]
    for share in shares { sums.append(sums[sums.count - 1] + share) }
    func cumulative(_ value: Double) -> Double {
      guard let bucket = bounds.firstIndex(where: { value <= $0 }) else { return sums[shares.count - 1] }
      let lower = bucket > 0 ? bounds[bucket - 1] : 0
      let part = lower > 0 ? log(value / lower) / log(bounds[bucket] / lower) : value / bounds[bucket]
      return sums[bucket] + part * shares[bucket]
    }
    var below = 0.0
    return shares.indices.map { bucket in
      let upTo = bucket < bounds.count ? cumulative(bounds[bucket] / factor) : 1
      defer { below = upTo }
      return max(0, upTo - below)
    }
  }
}
