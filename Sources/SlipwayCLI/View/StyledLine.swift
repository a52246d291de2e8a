/// One line of pieces with a tone each, so that it can be cut to a width before colour is added.
struct StyledLine: Hashable, Sendable {
  private var pieces: [(text: String, tone: Style.Tone?)] = []

  init(_ text: String = "", _ tone: Style.Tone? = nil) {
    add(text, tone)
  }

  mutating func add(_ text: String, _ tone: Style.Tone? = nil) { pieces.append((text, tone)) }

  func adding(_ text: String, _ tone: Style.Tone? = nil) -> StyledLine {
    var line = self
    line.add(text, tone)
    return line
  }

  /// At most `width` characters, without blanks at the end.
  func rendered(width: Int, colour: Bool) -> String {
    let style = Style(hasColour: colour)
    var left = width
    var result = ""
    for (text, tone) in pieces where left > 0 {
      let part = text.cut(left)
      left -= part.count
      result += tone.map { style(part, $0) } ?? part
    }
    while result.last == " " { result.removeLast() }
    return result
  }

  static func == (a: StyledLine, b: StyledLine) -> Bool { a.rendered(width: .max, colour: true) == b.rendered(width: .max, colour: true) }
  func hash(into hasher: inout Hasher) { hasher.combine(rendered(width: .max, colour: true)) }
}
