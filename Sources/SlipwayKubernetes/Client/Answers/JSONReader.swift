import SlipwayModel

/// Reads JSON (RFC 8259) straight into a value: an API server's lists are long, and a general decoder tries every type at each value.
///
/// The text must be UTF-8. A member that stands twice in an object keeps its last value.
struct JSONReader {
  /// What is wrong with a text, and where.
  struct Mistake: Error, CustomStringConvertible {
    let words: String
    /// In bytes from the start.
    let offset: Int
    var description: String { "\(words) at byte \(offset)" }
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var depth = 0

  /// Deeper than this no object of an API is nested, and no stack is left behind by it.
  private static let depthLimit = 200

  /// - Throws: ``Mistake``.
  static func value(of bytes: some Sequence<UInt8>) throws -> JSONValue {
    let read = try bytes.withContiguousStorageIfAvailable { try document($0) }
    return try read ?? Array(bytes).withUnsafeBufferPointer { try document($0) }
  }

  private static func document(_ bytes: UnsafeBufferPointer<UInt8>) throws -> JSONValue {
    var reader = JSONReader(bytes: bytes)
    let value = try reader.value()
    reader.skipSpace()
    guard reader.position == bytes.count else { throw reader.mistake("more text after the value") }
    return value
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  private func mistake(_ words: String) -> Mistake { Mistake(words: words, offset: position) }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  private mutating func next() throws -> UInt8 {
    guard position < bytes.count else { throw mistake("the text ends too early") }
    defer { position += 1 }
    return bytes[position]
  }

  /// The next byte that is no white space, without taking it.
  private mutating func peek() throws -> UInt8 {
    skipSpace()
    guard position < bytes.count else { throw mistake("the text ends too early") }
    return bytes[position]
  }

  private mutating func value() throws -> JSONValue {
    switch try peek() {
    case UInt8(ascii: "{"): try nested { reader in try reader.object() }
    case UInt8(ascii: "["): try nested { reader in try reader.list() }
    case UInt8(ascii: "\""): .text(try text())
    case UInt8(ascii: "t"): try word("true", .flag(true))
    case UInt8(ascii: "f"): try word("false", .flag(false))
    case UInt8(ascii: "n"): try word("null", .null)
    default: try number()
    }
  }

  private mutating func nested(_ read: (inout JSONReader) throws -> JSONValue) throws -> JSONValue {
    depth += 1
    guard depth <= Self.depthLimit else { throw mistake("nested too deeply") }
    position += 1
    let value = try read(&self)
    depth -= 1
    return value
  }

  private mutating func object() throws -> JSONValue {
    var members: [String: JSONValue] = [:]
    if try peek() == UInt8(ascii: "}") {
      position += 1
      return .object(members)
    }
    while true {
      guard try peek() == UInt8(ascii: "\"") else { throw mistake("a name was expected") }
      let name = try text()
      guard try peek() == UInt8(ascii: ":") else { throw mistake("a colon was expected") }
      position += 1
      members[name] = try value()
      let separator = try peek()
      position += 1
      if separator == UInt8(ascii: "}") { return .object(members) }
      guard separator == UInt8(ascii: ",") else { throw mistake("a comma was expected") }
    }
  }

  private mutating func list() throws -> JSONValue {
    var items: [JSONValue] = []
    if try peek() == UInt8(ascii: "]") {
      position += 1
      return .list(items)
    }
    while true {
      items.append(try value())
      let separator = try peek()
      position += 1
      if separator == UInt8(ascii: "]") { return .list(items) }
      guard separator == UInt8(ascii: ",") else { throw mistake("a comma was expected") }
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws -> JSONValue {
    for index in 0..<word.utf8CodeUnitCount {
      guard try next() == word.utf8Start[index] else { throw mistake("true, false or null was expected") }
    }
    return value
  }

  private mutating func number() throws -> JSONValue {
    let start = position
    var isWhole = true
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): break
      case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"): isWhole = false
      default:
        return try number(from: start, isWhole: isWhole)
      }
      position += 1
    }
    return try number(from: start, isWhole: isWhole)
  }

  private func number(from start: Int, isWhole: Bool) throws -> JSONValue {
    let digits = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let whole = Int(digits) { return .integer(whole) }
    guard let decimal = Double(digits), decimal.isFinite else { throw mistake("a value was expected") }
    return .decimal(decimal)
  }

  /// A text, from its opening quote to behind its closing one.
  private mutating func text() throws -> String {
    position += 1
    let start = position
    // Nearly every text is without escapes.
    while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\"), bytes[position] >= 0x20 {
      position += 1
    }
    let plain = bytes[start..<position]
    guard try next() != UInt8(ascii: "\"") else { return String(decoding: plain, as: UTF8.self) }
    position -= 1
    var units = Array(plain)
    while true {
      let byte = try next()
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(into: &units)
      case 0..<0x20: throw mistake("a control character stands in a text")
      default: units.append(byte)
      }
    }
  }

  private mutating func escape(into units: inout [UInt8]) throws {
    switch try next() {
    case UInt8(ascii: "n"): units.append(0x0A)
    case UInt8(ascii: "t"): units.append(0x09)
    case UInt8(ascii: "r"): units.append(0x0D)
    case UInt8(ascii: "b"): units.append(0x08)
    case UInt8(ascii: "f"): units.append(0x0C)
    case UInt8(ascii: "u"): units.append(contentsOf: Array(String(Character(try scalar())).utf8))
    case let byte where [UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/")].contains(byte): units.append(byte)
    default: throw mistake("an escape that JSON doesn't know")
    }
  }

  /// What `\u` stands for; half of a surrogate pair alone becomes U+FFFD (section 8.2).
  private mutating func scalar() throws -> Unicode.Scalar {
    let first = try hexadecimal()
    guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) ?? "\u{FFFD}" }
    let isPair = position + 1 < bytes.count && bytes[position] == UInt8(ascii: "\\") && bytes[position + 1] == UInt8(ascii: "u")
    guard isPair else { return "\u{FFFD}" }
    let before = position
    position += 2
    let second = try hexadecimal()
    guard (0xDC00..<0xE000).contains(second) else {
      position = before
      return "\u{FFFD}"
    }
    return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? "\u{FFFD}"
  }

  private mutating func hexadecimal() throws -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(try next())).hexDigitValue else { throw mistake("four hexadecimal digits were expected") }
      value = value << 4 + UInt32(digit)
    }
    return value
  }
}
