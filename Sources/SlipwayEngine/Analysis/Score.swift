import SlipwayModel

extension Rollout {
  /// Judges criteria together. Each part is judged as if it stood alone; then
  ///
  /// - the candidate passes when every part has been decided and those that hold reach the score to pass;
  /// - it fails when those that don't hold leave less than the marginal score, whatever becomes of the others: at once when chance is
  ///   ruled out for them, else at the end of the hold;
  /// - in between, and as long as a part is open, the evidence is insufficient.
  ///
  /// So a part without figures is never counted as one that holds, and keeps the score from passing.
  func assess(_ score: ScoreSpec, _ metrics: MetricSeries?, at now: Timestamp) -> Assessment {
    let parts = score.parts.map { assess($0.criterion, metrics, at: now) }
    let verdicts = parts.map(\.verdict)
    let reached = score.score { verdicts[$0] == .pass }
    let atBest = score.score { verdicts[$0] != .fail }
    let isDecided = verdicts.allSatisfy { $0 == .pass || $0 == .fail }
    let verdict: Verdict =
      if atBest < score.marginal { .fail } else if isDecided { reached >= score.pass ? .pass : .insufficient } else {
        verdicts.contains(.broken) ? .broken : .insufficient
      }
    let failsNow = score.score { parts[$0].failure == nil } < score.marginal
    @Sendable func finding(_ subject: String, _ verdict: Verdict) -> Finding {
      let findings = parts.map(\.finding)
      return Finding(
        subject: subject, verdict: verdict, value: reached, bound: score.pass, requests: findings.map(\.requests).min() ?? 0,
        parts: zip(score.parts, findings).map { ScoredPart(weight: $0.weight, finding: $1) },
        sentence: Self.sentence(score, verdicts, reached: reached, atBest: atBest, findings.map(\.sentence)))
    }
    let failure = failsNow ? Reason(Self.scoreSubject, finding(Self.scoreSubject, verdict).sentence) : nil
    return Assessment(Self.scoreSubject, verdict, failure: failure, finding)
  }

  private static func sentence(
    _ score: ScoreSpec, _ verdicts: [Verdict], reached: Double, atBest: Double, _ parts: [String]
  ) -> String {
    let text = ScoreSpec.text
    let range = reached == atBest ? text(reached) : "\(text(reached)) to \(text(atBest))"
    let marginal = score.marginal < score.pass ? ", fails below \(text(score.marginal))" : ""
    let words = zip(zip(score.parts, verdicts), parts).map { part, sentence in
      "\(part.1.rawValue) (weight \(text(part.0.weight))): \(sentence)"
    }
    return "score \(range) of at least \(text(score.pass))\(marginal); " + words.joined(separator: "; ")
  }

  /// As findings name it, and the reason of a rollout that goes back for it.
  package static let scoreSubject = "score"
}
