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
///
/// Kept as four words and not as text: plans, releases and what is seen of slots are full of digests and are copied all the time.
package struct Digest: Hashable, Sendable, CustomStringConvertible {
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// The digest with these 32 bytes; `nil` for another number of bytes.
  package init?(bytes: some Sequence<UInt8>) {
    var (words, count) = ([UInt64](repeating: 0, count: 4), 0)
    for byte in bytes {
      guard count < 32 else { return nil }
      words[count / 8] = words[count / 8] << 8 | UInt64(byte)
      count += 1
    }
    guard count == 32 else { return nil }
    self.words = (words[0], words[1], words[2], words[3])
  }

  /// Accepts the digits with or without the prefix `sha256:`; `nil` for anything else.
  package init?(_ text: String) {
    let digits = Array((text.hasPrefix("sha256:") ? text.dropFirst(7) : Substring(text)).utf8)
    guard digits.count == 64, digits.allSatisfy({ ($0 >= 97 && $0 <= 102) || ($0 >= 48 && $0 <= 57) }) else { return nil }
    func value(_ digit: UInt8) -> UInt8 { digit < 58 ? digit - 48 : digit - 87 }
    self.init(bytes: stride(from: 0, to: 64, by: 2).map { value(digits[$0]) << 4 | value(digits[$0 + 1]) })
  }

  /// 64 lowercase hexadecimal digits, without a prefix.
  package var hexadecimal: String {
    var digits: [UInt8] = []
    digits.reserveCapacity(64)
    for word in [words.0, words.1, words.2, words.3] {
      for shift in stride(from: 60, through: 0, by: -4) {
        let digit = UInt8(truncatingIfNeeded: word >> UInt64(shift)) & 15
        digits.append(digit < 10 ? 48 + digit : 87 + digit)
      }
    }
    return String(decoding: digits, as: UTF8.self)
  }

  package static func == (a: Digest, b: Digest) -> Bool { a.words == b.words }

  package func hash(into hasher: inout Hasher) {
    // Any eight bytes of a digest are as good as all of them.
    hasher.combine(words.0)
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
