/// Columns of text, each as wide as its widest cell.
struct Table {
  private var rows: [[String]]

  init(_ heads: String...) {
    rows = [heads]
  }

  mutating func add(_ cells: String...) { rows.append(cells) }

  /// Two blanks between columns, none at the end of a line.
  var lines: [String] {
    let widths = rows.reduce(into: [Int](repeating: 0, count: rows[0].count)) { widths, row in
      for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.count) }
    }
    return rows.map { row in
      let line = zip(row, widths).map { $0.padded($1) }.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}
