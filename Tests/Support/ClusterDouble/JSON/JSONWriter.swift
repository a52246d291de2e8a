import SlipwayModel

/// Writes JSON (RFC 8259) as bytes.
struct JSONWriter {
  private(set) var bytes: [UInt8] = []
  private let sorted: Bool

  private init(sorted: Bool) { self.sorted = sorted }

  /// - Parameter sorted: whether members stand in the order of their names, for texts that are compared.
  static func write(_ value: JSONValue, sorted: Bool = false) -> [UInt8] {
    var writer = JSONWriter(sorted: sorted)
    writer.bytes.reserveCapacity(1024)
    writer.append(value)
    return writer.bytes
  }

  static func text(_ value: JSONValue) -> String { String(decoding: write(value, sorted: true), as: UTF8.self) }

  private mutating func append(_ value: JSONValue) {
    switch value {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .flag(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
    case .integer(let number): bytes.append(contentsOf: String(number).utf8)
    case .decimal(let number): bytes.append(contentsOf: "\(number)".utf8)
    case .text(let text): append(text)
    case .list(let items):
      bytes.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        append(item)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let members):
      bytes.append(UInt8(ascii: "{"))
      var isFirst = true
      func member(_ key: String, _ value: JSONValue, into writer: inout JSONWriter) {
        if !isFirst { writer.bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        writer.append(key)
        writer.bytes.append(UInt8(ascii: ":"))
        writer.append(value)
      }
      if sorted {
        for (key, value) in members.sorted(by: { $0.key < $1.key }) { member(key, value, into: &self) }
      } else {
        for (key, value) in members { member(key, value, into: &self) }
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private mutating func append(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): bytes.append(contentsOf: "\\\"".utf8)
      case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
      case 0x0A: bytes.append(contentsOf: "\\n".utf8)
      case ..<0x20:
        let digits = String(byte, radix: 16)
        bytes.append(contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
