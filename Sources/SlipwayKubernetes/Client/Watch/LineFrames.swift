import NIOCore

/// Cuts a stream of pieces into lines.
struct LineFrames {
  /// A line would need more memory than it is given.
  struct LineTooLong: Error, CustomStringConvertible {
    let limit: Int
    var description: String { "a line is longer than \(limit) bytes" }
  }

  /// In bytes, for one line.
  let limit: Int
  private var rest: [UInt8] = []

  init(limit: Int) { self.limit = limit }

  /// The lines that end in this piece, without their line feeds; empty ones are left out.
  ///
  /// - Throws: ``LineTooLong``.
  mutating func lines(endingIn piece: some Collection<UInt8>) throws -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var piece = piece[...]
    while let end = piece.firstIndex(of: UInt8(ascii: "\n")) {
      try grow(by: piece[..<end])
      if !rest.isEmpty { lines.append(rest) }
      rest = []
      piece = piece[piece.index(after: end)...]
    }
    try grow(by: piece)
    return lines
  }

  private mutating func grow(by bytes: some Collection<UInt8>) throws {
    guard rest.count + bytes.count <= limit else { throw LineTooLong(limit: limit) }
    rest.append(contentsOf: bytes)
  }
}
