/// Text in colour, or plain.
struct Style: Hashable, Sendable {
  enum Tone: String {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case blue = "34"
  }

  let hasColour: Bool

  func callAsFunction(_ text: String, _ tone: Tone) -> String {
    hasColour && !text.isEmpty ? "\u{1b}[\(tone.rawValue)m\(text)\u{1b}[0m" : text
  }
}

extension String {
  /// With blanks at the end up to a width; longer text stays as it is.
  func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
  /// With blanks before it up to a width.
  func leftPadded(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
  /// At most so many characters; the last one is the mark when some were cut.
  func cut(_ width: Int, mark: String = "…") -> String {
    count <= width ? self : String(prefix(max(0, width - mark.count))) + mark
  }
}
