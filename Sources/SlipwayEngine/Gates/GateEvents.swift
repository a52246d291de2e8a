import SlipwayModel

/// The gates before something that is to come are asked, one after another.
package struct GatesStarted: Hashable, Sendable, Codable {
  package let before: GateSpec.Place
  /// Index of the step that waits for them, from 0; `nil` for the deployment as a whole.
  package let step: Int?
  /// True when a person promoted the step before: it is left as soon as the gates have passed.
  package let promotedByIntent: Bool

  package init(before: GateSpec.Place, step: Int? = nil, promotedByIntent: Bool = false) {
    self.before = before
    self.step = step
    self.promotedByIntent = promotedByIntent
  }

  private enum CodingKeys: String, CodingKey {
    case before, step
    case promotedByIntent = "promoted_by_intent"
  }
}

/// A gate was asked, and this came of it.
package struct GateAnswered: Hashable, Sendable, Codable {
  /// Of the effect that asks.
  package let id: String
  package let gate: Name
  package let before: GateSpec.Place
  package let outcome: GateOutcome
  /// What the gate said, or why nothing could be heard; on one line, bounded, perhaps empty.
  package let words: String
  /// How often it has been asked by now, from 1.
  package let attempt: Int
  /// How long the question took.
  package let took: TimeSpan
  /// When it is asked again; `nil` when it isn't.
  package let retryAt: Timestamp?

  package init(
    id: String, gate: Name, before: GateSpec.Place, outcome: GateOutcome, words: String, attempt: Int, took: TimeSpan, retryAt: Timestamp?
  ) {
    self.id = id
    self.gate = gate
    self.before = before
    self.outcome = outcome
    self.words = words
    self.attempt = attempt
    self.took = took
    self.retryAt = retryAt
  }

  /// The answer in words, for sentences that name the gate.
  package var account: String {
    let said = words.isEmpty ? "" : ": \(words)"
    return switch outcome {
    case .passed: "passed\(said)"
    case .failed: "failed\(said)"
    case .pending: "says not yet\(said)"
    case .unanswered: "did not answer\(said)"
    }
  }

  private enum CodingKeys: String, CodingKey {
    case id, gate, before, outcome, words, attempt
    case took = "took_ms"
    case retryAt = "retry_at"
  }
}
