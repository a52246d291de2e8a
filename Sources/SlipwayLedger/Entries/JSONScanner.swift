/// Goes through JSON (RFC 8259) without building anything. White space between values is refused: canonical JSON has none.
struct JSONScanner {
  /// Objects and arrays nested deeper are refused: the recursion is bounded by it.
  static let maximumDepth = 64

  private let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  /// The byte at the position; 0, which JSON never holds, at the end.
  func next() -> UInt8 {
    position < bytes.count ? bytes[position] : 0
  }

  mutating func expect(_ literal: StaticString) throws(EntryFault) {
    let count = literal.utf8CodeUnitCount
    guard bytes.count - position >= count else { throw .malformed("the entry ends too early") }
    let wanted = UnsafeRawBufferPointer(start: literal.utf8Start, count: count)
    var offset = 0
    while offset + 8 <= count,
      bytes.loadUnaligned(fromByteOffset: position + offset, as: UInt64.self)
        == wanted.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    {
      offset += 8
    }
    while offset < count, bytes[position + offset] == wanted[offset] { offset += 1 }
    guard offset == count else { throw .malformed("at byte \(position) \(literal) is expected") }
    position += count
  }

  /// Goes past a string whose opening quote is behind the position; returns where its content lies.
  mutating func stringAfterQuote() throws(EntryFault) -> Range<Int> {
    let start = position
    var isASCII = true
    while true {
      position = endOfPlainText(from: position)
      guard position < bytes.count else { break }
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        let content = start..<position
        position += 1
        guard isASCII || String(validating: bytes[content], as: UTF8.self) != nil else {
          throw .malformed("the string at byte \(start) is not UTF-8")
        }
        return content
      }
      if byte == UInt8(ascii: "\\") {
        try escape()
      } else if byte < 0x20 {
        throw .malformed("the string at byte \(start) holds a control character")
      } else {
        if byte >= 0x80 { isASCII = false }
        position += 1
      }
    }
    throw .malformed("the string at byte \(start) does not end")
  }

  /// Where the next byte lies that is a quote, a backslash, a control character or no ASCII. Looks at eight bytes at a time: the
  /// four tests are the classical ones for a zero byte and for a byte less than a bound in a word, which may only err behind a hit.
  private func endOfPlainText(from start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    var place = start
    while place + 8 <= bytes.count {
      let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      let quote = word ^ (ones &* 0x22)
      let backslash = word ^ (ones &* 0x5C)
      let hits = ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- ones &* 0x20) & ~word) | word
      if hits & highs != 0 { return place + (hits & highs).trailingZeroBitCount / 8 }
      place += 8
    }
    while place < bytes.count, bytes[place] >= 0x20, bytes[place] < 0x80, bytes[place] != 0x22, bytes[place] != 0x5C { place += 1 }
    return place
  }

  private mutating func escape() throws(EntryFault) {
    position += 1
    switch next() {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
      UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 1
    case UInt8(ascii: "u"):
      guard bytes.count - position > 4, bytes[position + 1...position + 4].allSatisfy({ Hexadecimal.value($0) != nil }) else {
        throw .malformed("the escape at byte \(position) is not \\u and four hexadecimal digits")
      }
      position += 5
    default: throw .malformed("the escape at byte \(position) is none of JSON's")
    }
  }

  /// Goes past an object whose opening brace is behind the position.
  mutating func objectAfterBrace(depth: Int) throws(EntryFault) {
    if next() == UInt8(ascii: "}") {
      position += 1
      return
    }
    while true {
      try expect("\"")
      _ = try stringAfterQuote()
      try expect(":")
      try value(depth: depth)
      if next() == UInt8(ascii: ",") {
        position += 1
      } else {
        return try expect("}")
      }
    }
  }

  private mutating func arrayAfterBracket(depth: Int) throws(EntryFault) {
    if next() == UInt8(ascii: "]") {
      position += 1
      return
    }
    while true {
      try value(depth: depth)
      if next() == UInt8(ascii: ",") {
        position += 1
      } else {
        return try expect("]")
      }
    }
  }

  private mutating func value(depth: Int) throws(EntryFault) {
    guard depth < Self.maximumDepth else { throw .malformed("the body is nested deeper than \(Self.maximumDepth)") }
    switch next() {
    case UInt8(ascii: "\""):
      position += 1
      _ = try stringAfterQuote()
    case UInt8(ascii: "{"):
      position += 1
      try objectAfterBrace(depth: depth + 1)
    case UInt8(ascii: "["):
      position += 1
      try arrayAfterBracket(depth: depth + 1)
    case UInt8(ascii: "t"): try expect("true")
    case UInt8(ascii: "f"): try expect("false")
    case UInt8(ascii: "n"): try expect("null")
    default: try number()
    }
  }

  private mutating func number() throws(EntryFault) {
    if next() == UInt8(ascii: "-") { position += 1 }
    if next() == UInt8(ascii: "0") { position += 1 } else { try digits() }
    if next() == UInt8(ascii: ".") {
      position += 1
      try digits()
    }
    if next() == UInt8(ascii: "e") || next() == UInt8(ascii: "E") {
      position += 1
      if next() == UInt8(ascii: "+") || next() == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
  }

  private mutating func digits() throws(EntryFault) {
    let start = position
    while isDigit(next()) { position += 1 }
    guard position > start else { throw .malformed("a value is expected at byte \(start)") }
  }

  /// An entry's index: decimal from 0, without leading zeros.
  mutating func index() throws(EntryFault) -> Int64 {
    let start = position
    var value: Int64 = 0
    while isDigit(next()) {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(Int64(next() - UInt8(ascii: "0")))
      guard !overflow, !carry else { throw .malformed("the index is too large") }
      value = sum
      position += 1
    }
    guard position > start, bytes[start] != UInt8(ascii: "0") || position == start + 1 else {
      throw .malformed("the index is not a decimal number without leading zeros")
    }
    return value
  }
}
