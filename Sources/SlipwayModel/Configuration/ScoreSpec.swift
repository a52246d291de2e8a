/// Several criteria judged together: how many of them hold, by weight, on a scale of 0 to 100.
package struct ScoreSpec: Hashable, Sendable, Codable {
  /// A criterion and what it counts.
  package struct Part: Hashable, Sendable, Codable {
    /// What has to hold, of a metric that no other part is about.
    package let criterion: Criterion
    /// Above 0; only its proportion to the other weights matters.
    package let weight: Double

    package init(criterion: Criterion, weight: Double = 1) {
      self.criterion = criterion
      self.weight = weight
    }
  }

  /// At least one; no two are about the same metric.
  package let parts: [Part]
  /// A score from which on the candidate passes, above 0...100.
  package let pass: Double
  /// A score below which it fails, 0...``pass``. What lies between the two is not enough, and not enough to go back for either.
  package let marginal: Double

  package init(parts: [Part], pass: Double, marginal: Double? = nil) {
    self.parts = parts
    self.pass = pass
    self.marginal = marginal ?? pass
  }

  /// The same score without some of its parts; `nil` when none is left.
  package func keeping(_ isKept: (Criterion) -> Bool) -> ScoreSpec? {
    let kept = parts.filter { isKept($0.criterion) }
    return kept.isEmpty ? nil : ScoreSpec(parts: kept, pass: pass, marginal: marginal)
  }

  /// The score when the criteria of the parts hold for which `holds` says so, to six decimals, so that thirds add up to a whole.
  ///
  /// Example: weights 3, 1, 1, the last does not hold: 80.
  package func score(_ holds: (Int) -> Bool) -> Double {
    let all = parts.reduce(0) { $0 + $1.weight }
    let held = parts.indices.filter(holds).reduce(0) { $0 + parts[$1].weight }
    return all > 0 ? (100_000_000 * held / all).rounded() / 1_000_000 : 0
  }
}

extension ScoreSpec: CustomStringConvertible {
  /// `score of at least 90 from error_rate < 1% (weight 3), p95 < 500ms (weight 1)`.
  package var description: String {
    "score of at least \(Self.text(pass)) from "
      + parts.map { "\($0.criterion) (weight \(Self.text($0.weight)))" }.joined(separator: ", ")
  }

  /// A number without a fraction that is zero.
  package static func text(_ number: Double) -> String {
    number.rounded() == number && abs(number) < 1e15 ? String(Int(number)) : String(number)
  }
}
