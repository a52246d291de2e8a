import SlipwayModel

/// Reads JSON (RFC 8259) from bytes. Much faster than `Codable`, which tries each type of value in turn.
struct JSONParser {
  struct Failure: Error { let offset: Int }

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  private static let maximumDepth = 200

  private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// - Throws: ``Failure`` with the offset of the first byte that does not fit.
  static func parse(_ bytes: [UInt8]) throws(Failure) -> JSONValue {
    let result: Result<JSONValue, Failure> = bytes.withUnsafeBufferPointer { buffer in
      var parser = JSONParser(buffer)
      do throws(Failure) {
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        return parser.position == buffer.count ? .success(value) : .failure(Failure(offset: parser.position))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private var failure: Failure { Failure(offset: position) }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(Failure) -> JSONValue {
    skipSpace()
    guard position < bytes.count, depth < Self.maximumDepth else { throw failure }
    switch bytes[position] {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try list(depth: depth)
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "t"): return try word("true", .flag(true))
    case UInt8(ascii: "f"): return try word("false", .flag(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(Failure) -> JSONValue {
    guard position + word.utf8CodeUnitCount <= bytes.count else { throw failure }
    for index in 0..<word.utf8CodeUnitCount where bytes[position + index] != word.utf8Start[index] { throw failure }
    position += word.utf8CodeUnitCount
    return value
  }

  private mutating func object(depth: Int) throws(Failure) -> JSONValue {
    position += 1
    var members: [String: JSONValue] = [:]
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object(members) }
    while true {
      skipSpace()
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw failure }
      let key = try text()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw failure }
      members[key] = try value(depth: depth + 1)
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      if take(UInt8(ascii: "}")) { return .object(members) }
      throw failure
    }
  }

  private mutating func list(depth: Int) throws(Failure) -> JSONValue {
    position += 1
    var items: [JSONValue] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .list(items) }
    while true {
      items.append(try value(depth: depth + 1))
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      if take(UInt8(ascii: "]")) { return .list(items) }
      throw failure
    }
  }

  private mutating func number() throws(Failure) -> JSONValue {
    let start = position
    var isWhole = true
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): break
      case UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): isWhole = false
      default:
        return try number(String(decoding: bytes[start..<position], as: UTF8.self), isWhole)
      }
      position += 1
    }
    return try number(String(decoding: bytes[start..<position], as: UTF8.self), isWhole)
  }

  private func number(_ text: String, _ isWhole: Bool) throws(Failure) -> JSONValue {
    if isWhole, let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { throw failure }
    return .decimal(value)
  }

  private mutating func text() throws(Failure) -> String {
    position += 1
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\") {
      guard bytes[position] >= 0x20 else { throw failure }
      position += 1
    }
    guard position < bytes.count else { throw failure }
    if bytes[position] == UInt8(ascii: "\"") {
      defer { position += 1 }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }
    var collected = Array(bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: collected, as: UTF8.self)
      case UInt8(ascii: "\\"): collected.append(contentsOf: String(try escaped()).utf8)
      case ..<0x20: throw failure
      default: collected.append(byte)
      }
    }
    throw failure
  }

  private mutating func escaped() throws(Failure) -> Unicode.Scalar {
    guard position < bytes.count else { throw failure }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let first = try unit()
      guard first >= 0xD800, first < 0xDC00 else { return Unicode.Scalar(first) ?? "\u{FFFD}" }
      guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { return "\u{FFFD}" }
      let second = try unit()
      guard second >= 0xDC00, second < 0xE000 else { return "\u{FFFD}" }
      return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? "\u{FFFD}"
    default: throw failure
    }
  }

  private mutating func unit() throws(Failure) -> UInt32 {
    guard position + 4 <= bytes.count,
      let value = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw failure }
    position += 4
    return value
  }
}
