import Foundation

/// Any JSON value.
enum JSONValue: Decodable, Equatable, Sendable {
  case null
  case flag(Bool)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try container.ifSo(Bool.self) {
      self = .flag(value)
    } else if let value = try container.ifSo(Double.self) {
      self = .number(value)
    } else if let value = try container.ifSo(String.self) {
      self = .text(value)
    } else if let value = try container.ifSo([JSONValue].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// What a message calls the value.
  var words: String {
    switch self {
    case .null: "null"
    case .flag: "true or false"
    case .number: "a number"
    case .text: "a text"
    case .list: "a list"
    case .object: "an object"
    }
  }

  subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  var number: Double? {
    if case .number(let value) = self { value } else { nil }
  }

  /// The value that a JSON pointer leads to (RFC 6901, section 4); `nil` when it leads nowhere.
  func value(at pointer: String) -> JSONValue? {
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
      case .null, .flag, .number, .text: return nil
      }
    }
    return value
  }
}

extension SingleValueDecodingContainer {
  /// The value, when it is of this type.
  fileprivate func ifSo<Value: Decodable>(_ type: Value.Type) throws -> Value? {
    do { return try decode(type) } catch DecodingError.typeMismatch { return nil }
  }
}
