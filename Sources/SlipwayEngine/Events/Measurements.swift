import SlipwayModel

/// What is known of the live slot from before the candidate got traffic.
package struct ReferenceTaken: Hashable, Sendable, Codable {
  /// The first instant that it is about.
  package let from: Timestamp
  /// The first instant after it: when the first block begins that is compared.
  package let to: Timestamp
  /// The length of a block.
  package let block: TimeSpan
  /// The figures of the blocks, in order. Blocks without figures are left out.
  package let blocks: [SlotFigures]

  package init(from: Timestamp, to: Timestamp, block: TimeSpan, blocks: [SlotFigures]) {
    self.from = from
    self.to = to
    self.block = block
    self.blocks = blocks
  }

  /// The figures of a slot before an instant, cut into blocks.
  package init(_ metrics: MetricSeries, of slot: Slot, from: Timestamp, to: Timestamp, block: TimeSpan) {
    var blocks: [SlotFigures] = []
    var start = from
    while start < to {
      let end = start + block
      if metrics.coverage(from: start, to: end) > .zero { blocks.append(metrics.figures(of: slot, from: start, to: end)) }
      start = end
    }
    self.init(from: from, to: to, block: block, blocks: blocks)
  }

  /// Of the slot, over the blocks that there are.
  package var requestsPerSecond: Double {
    Double(total.requests) * 1000 / Double(max(1, block.milliseconds * Int64(blocks.count)))
  }

  private enum CodingKeys: String, CodingKey {
    case from, to, blocks
    case block = "block_ms"
  }

  /// All blocks together.
  package var total: SlotFigures { blocks.reduce(into: SlotFigures()) { $0.add($1) } }
}

/// A block of time in which candidate and live slot were measured side by side, and what the evidence came to with it.
package struct Measured: Hashable, Sendable, Codable {
  /// The first instant of the block.
  package let from: Timestamp
  /// 10 s, or a multiple of that for a block of which figures are missing.
  package let length: TimeSpan
  /// What the candidate's slot answered in the block.
  package let candidate: SlotFigures
  /// What the live slot answered in the block.
  package let live: SlotFigures
  /// `nil` while there is no reference to compare by.
  package let evidence: ComparisonEvidence?
  /// The state of the comparison in words.
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
  /// A part of the evidence.
  package struct Part: Hashable, Sendable, Codable {
    /// What it is evidence for.
    package let name: String
    /// Its natural logarithm.
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

/// An interval of a criterion that counts failures in a row, and how many there are with it.
package struct IntervalJudged: Hashable, Sendable, Codable {
  /// The criterion as findings name it.
  package let subject: String
  /// The first instant of the interval.
  package let from: Timestamp
  /// The length that the criterion states, or a multiple of it for a stretch without figures.
  package let length: TimeSpan
  /// What the interval says on its own: `pass` and `fail`, or that it can't be judged.
  package let finding: Finding
  /// Failures in a row, this interval included.
  package let failures: Int
  /// Intervals since the first of these failures, or since the last pass, that could not be judged: they neither count nor end the row.
  package let unjudged: Int
  /// Failures in a row that send the candidate back.
  package let limit: Int
  /// The state of the row in words.
  package let sentence: String

  /// - Parameters:
  ///   - finding: what the interval says on its own.
  ///   - before: the interval before; `nil` for the first one.
  package init(_ finding: Finding, from: Timestamp, length: TimeSpan, limit: Int, after before: IntervalJudged?) {
    subject = finding.subject
    self.from = from
    self.length = length
    self.finding = finding
    self.limit = limit
    switch finding.verdict {
    case .pass: (failures, unjudged) = (0, 0)
    case .fail: (failures, unjudged) = ((before?.failures ?? 0) + 1, before.map { $0.failures > 0 ? $0.unjudged : 0 } ?? 0)
    case .insufficient, .broken: (failures, unjudged) = (before?.failures ?? 0, (before?.unjudged ?? 0) + 1)
    }
    let gaps = unjudged == 0 ? "" : ", \(unjudged) not judged since and not counted"
    sentence = "\(finding.sentence); \(failures) of \(limit) failures in a row\(gaps)"
  }

  private enum CodingKeys: String, CodingKey {
    case subject, from, finding, failures, unjudged, limit, sentence
    case length = "length_ms"
  }
}

/// Nobody can tell whether the candidate is worse: a person has to decide.
package struct Undecided: Hashable, Sendable, Codable {
  /// Index of the step into the plan's steps.
  package let step: Int
  /// What is missing, in words.
  package let sentence: String
}

/// A block of time of the watch over a promoted release, and what the evidence came to with it. Logarithms are natural.
package struct Watched: Hashable, Sendable, Codable {
  /// The first instant of the block.
  package let from: Timestamp
  /// 10 s, a minute or five minutes by the age of the watch, or a multiple of that where figures are missing.
  package let length: TimeSpan
  /// What the release answered in the block.
  package let figures: SlotFigures
  /// `fail`: it has become worse than what was live before; `insufficient`: there was no request in the block.
  package let verdict: Verdict
  /// ln of the evidence that something has become worse, at least -50.
  package let logEvidence: Double
  /// ln of what raises the alarm.
  package let logThreshold: Double
  /// The state of the watch in words.
  package let sentence: String

  private enum CodingKeys: String, CodingKey {
    case from, figures, verdict, sentence
    case length = "length_ms"
    case logEvidence = "log_evidence"
    case logThreshold = "log_threshold"
  }
}
