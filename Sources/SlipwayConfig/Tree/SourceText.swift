/// A file's text, with lines and columns counted as the YAML parser counts them (YAML 1.1, section 5.4: CR, LF, CR LF,
/// NEL, LS and PS end a line).
struct SourceText: Sendable {
  /// The whole text without a byte order mark.
  let scalars: [Unicode.Scalar]
  /// Where each line begins and where its text ends, before its line break. Never empty.
  private let lineRanges: [Range<Int>]

  init(_ text: String) {
    self.init(scalars: Array(text.unicodeScalars))
  }

  init(scalars: [Unicode.Scalar]) {
    self.scalars = scalars
    var ranges: [Range<Int>] = []
    var start = 0
    var index = 0
    while index < scalars.count {
      let scalar = scalars[index]
      let next = index + 1
      if Self.isLineBreak(scalar) {
        ranges.append(start..<index)
        start = scalar == "\r" && next < scalars.count && scalars[next] == "\n" ? next + 1 : next
        index = start
      } else {
        index = next
      }
    }
    // A line break ends a line and does not begin another, except that even an empty file has a line to point at.
    if start < scalars.count || ranges.isEmpty { ranges.append(start..<scalars.count) }
    lineRanges = ranges
  }

  static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  var lineCount: Int { lineRanges.count }

  /// The text of a line, counted from 1, without its line break; empty outside the file.
  func line(_ number: Int) -> ArraySlice<Unicode.Scalar> {
    (1...lineRanges.count).contains(number) ? scalars[lineRanges[number - 1]] : []
  }

  /// As ``line(_:)``, as a string.
  func lineText(_ number: Int) -> String { String(line(number)) }

  /// Where a line and column (from 1) are in ``scalars``; places outside are moved to the nearest inside.
  func offset(line: Int, column: Int) -> Int {
    let range = lineRanges[min(max(line, 1), lineRanges.count) - 1]
    return min(range.lowerBound + max(column, 1) - 1, range.upperBound)
  }

  /// The place of an offset in ``scalars``, reaching over `length` scalars but not over the end of the line.
  func place(at offset: Int, length: Int = 1) -> Place {
    var low = 0
    var high = lineRanges.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if lineRanges[middle].lowerBound <= offset { low = middle } else { high = middle - 1 }
    }
    let range = lineRanges[low]
    let start = min(offset, range.upperBound)
    return Place(line: low + 1, column: start - range.lowerBound + 1, length: min(length, range.upperBound - start))
  }

  /// The place inside the file that is nearest to the one given.
  func clamped(line: Int, column: Int, length: Int = 1) -> Place {
    if line > lineRanges.count { return place(at: scalars.count) }
    return place(at: offset(line: line, column: column), length: length)
  }

  /// From here to the end of the line, without trailing white space: what is underlined when no better end is known.
  func restOfLine(at offset: Int) -> Int {
    let place = place(at: offset)
    let range = lineRanges[place.line - 1]
    var end = range.upperBound
    while end > offset, scalars[end - 1] == " " || scalars[end - 1] == "\t" { end -= 1 }
    return max(1, end - offset)
  }
}

extension String {
  init(_ scalars: some Sequence<Unicode.Scalar>) {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    self.init(view)
  }
}
