/// A name that may stand in a path, a label and a host name: RFC 1123 label, 1 to 63 characters of `a-z`, `0-9` and `-`,
/// starting and ending with a letter or digit. Services, environments and projects are named so.
package struct Name: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let description: String

  /// `nil` when the text is not an RFC 1123 label.
  package init?(_ text: String) {
    let allowed = text.utf8.allSatisfy { ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 45 }
    guard allowed, (1...63).contains(text.utf8.count), text.first != "-", text.last != "-" else { return nil }
    description = text
  }

  package static func < (a: Name, b: Name) -> Bool { a.description < b.description }
}

/// The name that people give a release: 1 to 128 characters of `A-Z a-z 0-9 . _ + -`, starting with a letter or digit
/// (so it is safe as a folder name and as an image tag).
package struct Version: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let description: String

  /// `nil` when the text has other characters or the wrong length.
  package init?(_ text: String) {
    let allowed = text.utf8.allSatisfy {
      ($0 >= 97 && $0 <= 122) || ($0 >= 65 && $0 <= 90) || ($0 >= 48 && $0 <= 57) || [43, 45, 46, 95].contains($0)
    }
    guard allowed, (1...128).contains(text.utf8.count), let first = text.first, first.isLetter || first.isNumber else { return nil }
    description = text
  }

  package static func < (a: Version, b: Version) -> Bool { a.description < b.description }
}

/// The SHA-256 of something, as 64 lowercase hexadecimal digits.
package struct Digest: Hashable, Sendable, CustomStringConvertible {
  /// 64 lowercase hexadecimal digits, without a prefix.
  package let hexadecimal: String

  /// Accepts the digits with or without the prefix `sha256:`; `nil` for anything else.
  package init?(_ text: String) {
    let digits = text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text
    guard digits.utf8.count == 64, digits.utf8.allSatisfy({ ($0 >= 97 && $0 <= 102) || ($0 >= 48 && $0 <= 57) }) else { return nil }
    hexadecimal = digits
  }

  /// `sha256:` and the digits: the form that files and JSON carry.
  package var description: String { "sha256:" + hexadecimal }
  /// The first twelve digits, for people.
  package var short: String { String(hexadecimal.prefix(12)) }
}

extension Name: Codable, LosslessStringConvertible {}
extension Version: Codable, LosslessStringConvertible {}
extension Digest: Codable, LosslessStringConvertible {}

extension LosslessStringConvertible where Self: Decodable & Encodable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = Self(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a valid \(Self.self): \(text)")
    }
    self = value
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
