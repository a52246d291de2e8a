import SlipwayRuntime

/// Verdicts as text: what was found, from which figures, and whether they say so still.
enum ExplanationText {
  static func lines(_ verdicts: [VerdictView]) -> [String] {
    guard !verdicts.isEmpty else { return ["The journal has no verdicts of this rollout."] }
    let entries = verdicts.flatMap { verdict in
      ["\(verdict.at)  entry \(verdict.index)  \(verdict.sentence)"] + verdict.lines.map { "    " + $0 }
        + (verdict.isSame ? [] : ["    computed again it comes out otherwise: see `slipway audit verify`"])
    }
    let other = verdicts.count { !$0.isSame }
    let summary =
      other == 0
      ? "All \(verdicts.count) verdicts were computed again from the journal and come out the same, to the byte."
      : "\(other) of \(verdicts.count) verdicts come out otherwise when they are computed again."
    return entries + ["", summary]
  }
}
