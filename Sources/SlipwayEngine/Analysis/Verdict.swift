import SlipwayModel
import SlipwayStatistics

/// What figures say about a candidate. Only ``pass`` lets a rollout advance.
package enum Verdict: String, Codable, CaseIterable, Hashable, Sendable {
  case pass
  case fail
  /// Not enough evidence yet.
  case insufficient
  /// The source of the figures did not answer.
  case broken
}

/// How likely it is to see at least so many of so many by chance, and from what: enough to compute it again by hand.
package struct Chance: Hashable, Sendable, Codable {
  /// Requests that failed, or that were slower than the bound.
  package let events: Int
  /// Requests that were counted.
  package let requests: Int
  /// The share of such requests that the bound tolerates, 0...1.
  package let tolerated: Double
  /// P(at least ``events`` | each request is one with the probability ``tolerated``), 0...1.
  package let probability: Double

  /// Computes the probability, exactly; see ``binomialUpperTail(atLeast:of:probability:)``.
  package init(events: Int, requests: Int, tolerated: Double) {
    self.events = events
    self.requests = requests
    self.tolerated = tolerated
    probability = binomialUpperTail(atLeast: events, of: requests, probability: tolerated)
  }
}

/// The verdict on one statement, with what it rests on.
package struct Finding: Hashable, Sendable, Codable {
  /// What was judged: a criterion as the file has it, `guardrail`, or `readiness`.
  package let subject: String
  package let verdict: Verdict
  /// The candidate's figure: a ratio for error rates, milliseconds for latencies; `nil` without data.
  package let value: Double?
  /// What it was compared with, in the same unit.
  package let bound: Double?
  /// Requests of the candidate that the figure rests on.
  package let requests: Int
  /// What tells evidence from chance; `nil` for figures without counts.
  package let chance: Chance?
  /// What was found of each part of a score, in the order of the plan; `nil` for what has no parts.
  package let parts: [ScoredPart]?
  /// The finding in words.
  package let sentence: String

  package init(
    subject: String, verdict: Verdict, value: Double? = nil, bound: Double? = nil, requests: Int = 0, chance: Chance? = nil,
    parts: [ScoredPart]? = nil, sentence: String
  ) {
    self.subject = subject
    self.verdict = verdict
    self.value = value
    self.bound = bound
    self.requests = requests
    self.chance = chance
    self.parts = parts
    self.sentence = sentence
  }
}

/// One criterion of a score with what was found of it.
package struct ScoredPart: Hashable, Sendable, Codable {
  /// What it counts; see `ScoreSpec.Part`.
  package let weight: Double
  package let finding: Finding

  package init(weight: Double, finding: Finding) {
    self.weight = weight
    self.finding = finding
  }
}

extension Sequence where Element == Finding {
  /// The verdict on all of them together: a failure outweighs everything, then a broken source, then missing evidence.
  /// Nothing judged is nothing held against the candidate: `pass`.
  package var verdict: Verdict {
    reduce(.pass) { $0.weighed(against: $1.verdict) }
  }
}

extension Verdict {
  /// The one of two that outweighs the other.
  func weighed(against other: Verdict) -> Verdict {
    switch (self, other) {
    case (.fail, _), (_, .fail): .fail
    case (.broken, _), (_, .broken): .broken
    case (.insufficient, _), (_, .insufficient): .insufficient
    case (.pass, .pass): .pass
    }
  }
}
