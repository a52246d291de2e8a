/// The environment variables of a service: with their values while they are on their way to a process, and sealed everywhere
/// else.
///
/// Values are written only by an encoder that says so (``CodingUserInfoKey/carriesValues``); any other refuses. So neither the
/// journal nor a plan nor an answer can hold one by mistake.
package enum Variables: Hashable, Sendable {
  /// As the configuration file or the value store has them.
  case values([String: String])
  /// What may be read by anybody: names, and digests under this installation's key.
  case sealed(ValueSet)

  /// No variables at all.
  package static let none = Variables.values([:])

  /// In the order of the alphabet.
  package var names: [String] {
    switch self {
    case .values(let values): values.keys.sorted()
    case .sealed(let set): set.digests.keys.sorted()
    }
  }

  /// The values where they are at hand; `nil` when only what is sealed is known.
  package var values: [String: String]? {
    switch self {
    case .values(let values): values
    case .sealed: nil
    }
  }
}

extension Variables: ExpressibleByDictionaryLiteral {
  /// Values; of two with one name the last counts.
  package init(dictionaryLiteral elements: (String, String)...) {
    self = .values(Dictionary(elements, uniquingKeysWith: { $1 }))
  }
}

// What is printed by mistake shows names only.
extension Variables: CustomStringConvertible, CustomReflectable {
  /// The names.
  package var description: String { "variables \(names.joined(separator: ", "))" }
  /// The names.
  package var customMirror: Mirror { Mirror(self, children: ["names": names]) }
}

extension CodingUserInfoKey {
  /// Set to `true` in an encoder whose output only the processes of this user read.
  package static let carriesValues = CodingUserInfoKey(rawValue: "slipway.carries-values")!  // any text makes a key
}

extension Variables: Codable {
  private enum CodingKeys: String, CodingKey { case values }

  /// Any key at all.
  private struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Reads `{"set", "digests"}`, `{"values"}` or `{}`. Anything else is refused: taken for no variables, it would start a process
  /// without its configuration.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: AnyKey.self)
    switch Set(container.allKeys.map(\.stringValue)) {
    case ["set", "digests"]: self = .sealed(try ValueSet(from: decoder))
    case ["values"]: self = .values(try container.decode([String: String].self, forKey: AnyKey(stringValue: "values")))
    case []: self = .none
    default:
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "variables are neither values nor a set with digests"))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .sealed(let set): try set.encode(to: encoder)
    case .values(let values):
      var container = encoder.container(keyedBy: CodingKeys.self)
      if values.isEmpty { return }
      guard encoder.userInfo[.carriesValues] as? Bool == true else {
        throw EncodingError.invalidValue(
          names, EncodingError.Context(codingPath: encoder.codingPath, debugDescription: "values of variables may not be written here"))
      }
      try container.encode(values, forKey: .values)
    }
  }
}

/// An immutable set of variables, named by what is in it. It tells which variable changed between two releases, and nothing
/// else about the values.
package struct ValueSet: Hashable, Sendable, Codable {
  /// Digest of all names and values together: the name under which the value store keeps them.
  package let id: KeyedDigest
  /// The digest of each variable, by its name.
  package let digests: [String: KeyedDigest]

  package init(id: KeyedDigest, digests: [String: KeyedDigest]) {
    self.id = id
    self.digests = digests
  }

  private enum CodingKeys: String, CodingKey {
    case id = "set"
    case digests
  }
}

/// The first 128 bits of an HMAC-SHA256 (RFC 2104, section 5) as 32 lowercase hexadecimal digits. Without the key nobody can
/// try out values against it.
package struct KeyedDigest: Hashable, Sendable, Codable, LosslessStringConvertible {
  /// 32 lowercase hexadecimal digits: safe as the name of a file.
  package let description: String

  /// `nil` for anything but 32 lowercase hexadecimal digits.
  package init?(_ text: String) {
    guard text.utf8.count == 32, text.utf8.allSatisfy({ ($0 >= 97 && $0 <= 102) || ($0 >= 48 && $0 <= 57) }) else { return nil }
    description = text
  }
}
