/// What came of asking a gate. Only ``passed`` lets a rollout go on.
package enum GateOutcome: String, Codable, CaseIterable, Hashable, Sendable {
  case passed
  /// It does not hold: a result, which another question would not change.
  case failed
  /// Not yet: it is asked again.
  case pending
  /// Nobody could be asked, or what was said is no answer: it is asked again.
  case unanswered
}

/// A gate's answer to one question.
package struct GateAnswer: Hashable, Sendable {
  /// What it comes to.
  package let outcome: GateOutcome
  /// What the gate said, or why nothing could be heard: at most ``wordLimit`` characters on one line, perhaps none.
  package let words: String

  package init(_ outcome: GateOutcome, _ words: String = "") {
    self.outcome = outcome
    self.words = Self.bounded(words)
  }

  /// Characters of ``words``.
  package static let wordLimit = 500

  /// One line without control characters, cut at ``wordLimit``.
  private static func bounded(_ text: String) -> String {
    var words = ""
    var count = 0
    for character in text {
      let isSpace = character.isWhitespace || character.unicodeScalars.contains { $0.properties.generalCategory == .control }
      if isSpace, words.isEmpty || words.last == " " { continue }
      if count == wordLimit { return words + "…" }
      words.append(isSpace ? " " : character)
      count += 1
    }
    return words.last == " " ? String(words.dropLast()) : words
  }
}
