/// Any JSON value (RFC 8259). Whole numbers stay whole, so that what was read can be written again unchanged.
package enum JSONValue: Hashable, Sendable {
  case null
  case flag(Bool)
  /// A number without fraction and exponent that an `Int` holds.
  case integer(Int)
  case decimal(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  /// What a message calls the value.
  package var words: String {
    switch self {
    case .null: "null"
    case .flag: "true or false"
    case .integer, .decimal: "a number"
    case .text: "a text"
    case .list: "a list"
    case .object: "an object"
    }
  }

  /// The member of an object; `nil` when there is none, or this is no object. Setting `nil` removes it; setting a member of what is
  /// no object makes it one.
  package subscript(key: String) -> JSONValue? {
    get { if case .object(let members) = self { members[key] } else { nil } }
    set {
      var members = members ?? [:]
      members[key] = newValue
      self = .object(members)
    }
  }

  /// The value at the end of a path of object members.
  package subscript(path path: [String]) -> JSONValue? {
    path.reduce(self as JSONValue?) { value, key in value?[key] }
  }

  /// `nil` for what is no number.
  package var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .decimal(let value): value
    case .null, .flag, .text, .list, .object: nil
    }
  }

  /// `nil` for a number with a fraction, and for what is no number.
  package var integer: Int? { if case .integer(let value) = self { value } else { nil } }
  /// `nil` for what is no text.
  package var text: String? { if case .text(let value) = self { value } else { nil } }
  /// `nil` for what is neither true nor false.
  package var flag: Bool? { if case .flag(let value) = self { value } else { nil } }
  /// `nil` for what is no list.
  package var items: [JSONValue]? { if case .list(let items) = self { items } else { nil } }
  /// `nil` for what is no object.
  package var members: [String: JSONValue]? { if case .object(let members) = self { members } else { nil } }

  /// The value that a JSON pointer leads to (RFC 6901, section 4); `nil` when it leads nowhere.
  package func value(at pointer: String) -> JSONValue? {
    var value = self
    for token in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
      let key = String(token).replacing("~1", with: "/").replacing("~0", with: "~")
      switch value {
      case .object(let members):
        guard let member = members[key] else { return nil }
        value = member
      case .list(let items):
        // Section 4: digits without a leading zero.
        guard let index = Int(key), String(index) == key, items.indices.contains(index) else { return nil }
        value = items[index]
      case .null, .flag, .integer, .decimal, .text: return nil
      }
    }
    return value
  }
}

extension JSONValue: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try container.ifSo(Bool.self) {
      self = .flag(value)
    } else if let value = try container.ifSo(Double.self) {
      // A fraction, or more than an `Int` holds, would be refused as one.
      let isWhole = value.rounded() == value && abs(value) < 0x1p63
      self = isWhole ? .integer(try container.decode(Int.self)) : .decimal(value)
    } else if let value = try container.ifSo(String.self) {
      self = .text(value)
    } else if let value = try container.ifSo([JSONValue].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .flag(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .decimal(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .list(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }
}

extension SingleValueDecodingContainer {
  /// The value, when it is of this type.
  fileprivate func ifSo<Value: Decodable>(_ type: Value.Type) throws -> Value? {
    do { return try decode(type) } catch DecodingError.typeMismatch { return nil }
  }
}

extension JSONValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringInterpolation,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(booleanLiteral value: Bool) { self = .flag(value) }
  package init(integerLiteral value: Int) { self = .integer(value) }
  package init(floatLiteral value: Double) { self = .decimal(value) }
  package init(stringLiteral value: String) { self = .text(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .list(elements) }
  /// A key that stands twice keeps its last value.
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
  }
}
