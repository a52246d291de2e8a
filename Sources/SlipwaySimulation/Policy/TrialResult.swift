import SlipwayModel

/// What a policy does with one kind of release, over many runs.
package struct TrialResult: Hashable, Sendable {
  /// How well the policy does.
  package enum Verdict: String, Hashable, Sendable, Encodable {
    /// It does the wrong thing in at most 5 % of the runs.
    case right
    /// In up to 20 %.
    case weak
    case wrong
    /// There is no wrong thing to do.
    case either
  }

  /// A reason and how often it was the one.
  package struct ReasonCount: Hashable, Sendable, Encodable {
    package let code: String
    package let count: Int
  }

  package let trial: Trial
  package let runs: Int
  package let promoted: ShareEstimate
  /// Before or after promotion.
  package let wentBack: ShareEstimate
  /// Of these, how many were promoted first.
  package let takenBackInBake: Int
  package let undecided: Int
  /// In milliseconds, from the start of the release's processes; `nil` when no run came to a decision.
  package let medianDecision: QuantileEstimate?
  package let p90Decision: QuantileEstimate?
  package let longestDecision: TimeSpan?
  /// Requests per run that the release failed or answered slowly.
  package let hurt: MeanEstimate
  package let failed: MeanEstimate
  package let slow: MeanEstimate
  /// Why it went back, the most frequent first.
  package let reasons: [ReasonCount]

  package init(_ trial: Trial, _ all: [TrialRun]) {
    self.trial = trial
    runs = all.count
    func count(_ outcomes: TrialRun.Outcome...) -> Int { all.lazy.filter { outcomes.contains($0.outcome) }.count }
    promoted = ShareEstimate(count(.promoted), of: all.count)
    wentBack = ShareEstimate(count(.wentBack, .takenBackInBake), of: all.count)
    takenBackInBake = count(.takenBackInBake)
    undecided = count(.undecided)
    let decisions = all.compactMap { $0.decision.map { Double($0.milliseconds) } }.sorted()
    medianDecision = QuantileEstimate(0.5, ofSorted: decisions)
    p90Decision = QuantileEstimate(0.9, ofSorted: decisions)
    longestDecision = decisions.last.map { TimeSpan(milliseconds: Int64($0)) }
    hurt = MeanEstimate(all.map { $0.requests.hurt })
    failed = MeanEstimate(all.map { Double($0.requests.failed) })
    slow = MeanEstimate(all.map { Double($0.requests.slow) })
    let counts = all.reduce(into: [String: Int]()) { counts, run in run.reason.map { counts[$0, default: 0] += 1 } }
    reasons = counts.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }
      .map { ReasonCount(code: $0.key, count: $0.value) }
  }

  /// How often the policy did the wrong thing; nothing counts as wrong with a release that is permitted.
  package var wrong: Double {
    switch trial.expectation {
    case .promote: 1 - promoted.share
    case .goBack: promoted.share
    case .either: 0
    }
  }

  package var verdict: Verdict {
    if trial.expectation == .either { return .either }
    return wrong <= 0.05 ? .right : wrong <= 0.2 ? .weak : .wrong
  }

  /// The verdict in words.
  package var sentence: String {
    let share = promoted.share.percentText
    switch trial.expectation {
    case .promote:
      if promoted.count == runs { return "promotes all \(trial.plural)" }
      return "promotes \(share) of \(trial.plural)" + (undecided == runs ? "; no run came to an end" : "")
    case .goBack:
      if promoted.count == 0 { return "stops all \(trial.plural)" }
      return "promotes \(share) of \(trial.plural)"
    case .either: return "promotes \(share) of \(trial.plural); \(trial.excuse)"
    }
  }
}

extension RequestCounts {
  /// Failed or slow. Failing and being slow are independent in the model, so this share of the slow ones has failed as well.
  var hurt: Double {
    requests == 0 ? 0 : Double(failed) + Double(slow) * (1 - Double(failed) / Double(requests))
  }
}

extension Double {
  /// A share for people: `38 %`, `0.4 %`, `0 %`.
  package var percentText: String {
    let percent = self * 100
    if percent == 0 || percent == 100 { return "\(Int(percent)) %" }
    if percent > 99.9 { return "more than 99.9 %" }
    if percent < 0.1 { return "less than 0.1 %" }
    if percent < 10 || percent > 99 { return "\(percent.rounded(decimals: 1).shortText) %" }
    return "\(Int(percent.rounded())) %"
  }
}

extension Double {
  /// Without a fraction when there is none.
  package var shortText: String { self == rounded() && abs(self) < 1e15 ? "\(Int(self))" : "\(self)" }
}
