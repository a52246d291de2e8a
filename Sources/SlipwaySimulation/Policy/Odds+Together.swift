import SlipwayEngine
import SlipwayModel
import SlipwayStatistics

// Criteria that need more than one count: several intervals of one figure, or several figures.
extension Odds {
  /// P(an interval with so many requests speaks against the release), by its figure as it is; 0 for so few that nothing can be told.
  func fails(_ criterion: Criterion, _ limit: Double, requests: Int, _ release: Suspect) -> Double {
    guard requests >= Self.fewestOfInterval else { return 0 }
    let (tolerated, actual): (Double, Double)
    switch criterion.metric {
    case .errorRate: (tolerated, actual) = (limit, release.errorRate)
    case .p50, .p90, .p95, .p99:
      tolerated = 1 - (criterion.metric.quantile ?? 0.5)
      actual = traffic.share(slowerThan: limit, factor: release.latencyFactor)
    case .responseTime:
      let mean = traffic.mean * release.latencyFactor
      let deviation = traffic.deviation * release.latencyFactor / Double(requests).squareRoot()
      return 1 - Elementary.normalArea((limit - mean) / deviation)
    case .reading: return 0
    }
    let most = Double(requests) * tolerated
    // The tolerated share itself fails `<`, and sets off `>=`.
    let isStrict = criterion.metric == .errorRate && (criterion.comparison == .less || criterion.comparison == .greaterOrEqual)
    let fewest = Int(isStrict ? most.rounded(.up) : most.rounded(.down) + 1)
    return fewest > requests ? 0 : binomialUpperTail(atLeast: fewest, of: requests, probability: actual)
  }

  /// P(never so many failures in a row that the release goes back, and at last an interval that passes), by the distribution over the
  /// length of the row.
  func passes(_ streak: FailureStreak, of criterion: Criterion, _ limit: Double, _ basis: Basis, _ release: Suspect) -> Double {
    let requests = Int(basis.rate * streak.interval.seconds)
    guard requests >= Self.fewestOfInterval else { return 0 }
    let failing = fails(criterion, limit, requests: requests, release)
    var rows = [1.0] + [Double](repeating: 0, count: streak.failures - 1)
    for _ in 0..<min(Self.mostIntervals, max(1, Int(Double(basis.requests) / basis.rate / streak.interval.seconds))) {
      rows = [rows.reduce(0, +) * (1 - failing)] + rows.dropLast().map { $0 * failing }
    }
    // A row that is under way at the end is waited for: it ends by a pass, or reaches its limit.
    var (passed, reachesLimit) = (rows[0], failing)
    for row in rows.dropFirst().reversed() {
      passed += row * (1 - reachesLimit)
      reachesLimit *= failing
    }
    return passed
  }

  /// P(the parts of a score that hold reach the score to pass), the parts taken as independent of each other.
  func passes(_ score: ScoreSpec, in step: PlanStep, patience: TimeSpan, _ release: Suspect) -> Double {
    let holding = score.parts.map { part in
      passes(part.criterion, basis(of: part.criterion, in: step, patience: patience), release)
    }
    func sum(_ place: Int, _ held: Set<Int>, _ chance: Double) -> Double {
      guard chance > 0 else { return 0 }
      guard place < holding.count else { return score.score(held.contains) >= score.pass ? chance : 0 }
      return sum(place + 1, held.union([place]), chance * holding[place]) + sum(place + 1, held, chance * (1 - holding[place]))
    }
    return sum(0, [], 1)
  }

  /// What a score of a step can tell.
  func sight(of score: ScoreSpec, in step: PlanStep, patience: TimeSpan) -> StageSight.Judge {
    func passes(_ release: Suspect) -> Double { self.passes(score, in: step, patience: patience, release) }
    let bad = score.parts.map { beyond($0.criterion, control: basis(of: $0.criterion, in: step, patience: patience).control) }
    let worst = Suspect(errorRate: bad.map(\.errorRate).max() ?? 1, latencyFactor: bad.map(\.latencyFactor).max() ?? 1)
    let isErrors = score.parts.contains { $0.criterion.metric == .errorRate }
    let detects = mildest(isErrors: isErrors) { passes($0) <= Self.tolerated }
    return StageSight.Judge(
      criterion: score.description, passesHealthy: passes(traffic.healthy), passesBad: passes(worst), detects: detects,
      isAboutErrors: isErrors)
  }

  private static let fewestOfInterval = 5
  /// After so many intervals the distribution has long settled, or everything has gone back.
  private static let mostIntervals = 100_000
}
