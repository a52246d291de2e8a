import SlipwayModel

/// What is known of the live slot from before the candidate got traffic.
package struct ReferenceTaken: Hashable, Sendable, Codable {
  package let from: Timestamp
  package let to: Timestamp
  /// Requests and errors of blocks of 10 s, in order, as `[requests, errors]`. Blocks without figures are left out.
  package let blocks: [[Int]]
  package let latency: LatencyHistogram

  package init(from: Timestamp, to: Timestamp, blocks: [[Int]], latency: LatencyHistogram) {
    self.from = from
    self.to = to
    self.blocks = blocks
    self.latency = latency
  }
}

/// A block of time in which candidate and live slot were measured side by side, and what the evidence came to with it.
package struct Measured: Hashable, Sendable, Codable {
  package let from: Timestamp
  package let length: TimeSpan
  package let candidate: SlotFigures
  package let live: SlotFigures
  /// `nil` while there is no reference to compare by.
  package let evidence: ComparisonEvidence?
  package let sentence: String

  package init(
    from: Timestamp, length: TimeSpan, candidate: SlotFigures, live: SlotFigures, evidence: ComparisonEvidence?, sentence: String
  ) {
    self.from = from
    self.length = length
    self.candidate = candidate
    self.live = live
    self.evidence = evidence
    self.sentence = sentence
  }

  private enum CodingKeys: String, CodingKey {
    case from, candidate, live, evidence, sentence
    case length = "length_ms"
  }
}

/// The state of a comparison after a block, as the journal has it. Logarithms are natural.
package struct ComparisonEvidence: Hashable, Sendable, Codable {
  package struct Part: Hashable, Sendable, Codable {
    package let name: String
    package let logEvidence: Double

    private enum CodingKeys: String, CodingKey {
      case name
      case logEvidence = "log_evidence"
    }
  }

  /// `pass`: nothing speaks against the candidate; `insufficient`: doubt; `fail`: shown to be worse.
  package let verdict: Verdict
  /// ln of the evidence that the candidate is worse.
  package let logEvidence: Double
  /// ln of what sends it back, ln(1/alpha).
  package let logThreshold: Double
  /// The evidence of each family on its own.
  package let families: [Part]
  /// The families that are shown to be worse at level alpha (e-BH), when the whole is.
  package let worse: [String]
  /// The alternative that carries most of the evidence.
  package let leading: Part?
  /// The evidence that the candidate is harmless, by the steps that wait for it.
  package let safety: [Part]

  private enum CodingKeys: String, CodingKey {
    case verdict, families, worse, leading, safety
    case logEvidence = "log_evidence"
    case logThreshold = "log_threshold"
  }
}

/// Nobody can tell whether the candidate is worse: a person has to decide.
package struct Undecided: Hashable, Sendable, Codable {
  package let step: Int
  package let sentence: String
}
