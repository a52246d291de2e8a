/// A table with a head, columns to the right or left, and rows whose first cell may have a tone.
struct Columns {
  private let heads: [String]
  private let right: Set<Int>
  private var rows: [(cells: [String], tone: Style.Tone?)] = []

  init(_ heads: [String], right: Set<Int>) {
    self.heads = heads
    self.right = right
  }

  mutating func add(_ cells: [String], tone: Style.Tone? = nil) { rows.append((cells, tone)) }

  func lines(_ style: Style) -> [String] {
    let widths = heads.indices.map { column in ([heads] + rows.map(\.cells)).map { $0[column].count }.max() ?? 0 }
    return [style(line(heads, widths).joined(separator: "  ").trimmedEnd, .dim)]
      + rows.map { row in
        var cells = line(row.cells, widths)
        if let last = cells.indices.last { cells[last] = cells[last].trimmedEnd }
        if let tone = row.tone { cells[0] = style(cells[0], tone) }
        return cells.joined(separator: "  ")
      }
  }

  private func line(_ cells: [String], _ widths: [Int]) -> [String] {
    cells.indices.map { right.contains($0) ? cells[$0].leftPadded(widths[$0]) : cells[$0].padded(widths[$0]) }
  }
}

extension String {
  fileprivate var trimmedEnd: String {
    var text = Substring(self)
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
