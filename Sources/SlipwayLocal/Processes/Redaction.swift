import SlipwayModel

/// Takes secrets out of text that leaves the machine's user: what `slipway logs` shows, events, the journal. Secrets are the
/// values of variables with secret names, and the password in a URL wherever it stands.
struct Redaction: Sendable {
  /// Longest first, so that a secret that contains another disappears as a whole.
  private let secrets: [String]

  static let replacement = "[redacted]"

  init(secrets: Set<String> = []) {
    self.secrets = secrets.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
  }

  /// The values of secret variables, each also line by line, and the passwords of URLs in any variable.
  static func secrets(in variables: [String: String]) -> Set<String> {
    var found: Set<String> = []
    for (name, value) in variables where !value.isEmpty {
      if SecretName.matches(name) {
        found.insert(value)
        for line in value.split(whereSeparator: \.isNewline) { found.insert(String(line)) }
      }
      for password in URLPassword.ranges(in: value).map({ String(value[$0]) }) {
        found.insert(password)
        if let plain = URLPassword.decoded(password) { found.insert(plain) }
      }
    }
    return found
  }

  /// A secret of fewer than four characters is replaced only where it stands as a word of its own: `a` is in every line.
  func apply(to line: String) -> String {
    var line = line
    for range in URLPassword.ranges(in: line).reversed() { line.replaceSubrange(range, with: Self.replacement) }
    return secrets.reduce(line) { text, secret in
      if secret.count >= 4 { return text.replacing(secret, with: Self.replacement) }
      return text.split(separator: " ", omittingEmptySubsequences: false)
        .map { word in word == secret || word.hasSuffix("=" + secret) ? Substring(word.dropLast(secret.count) + Self.replacement) : word }
        .joined(separator: " ")
    }
  }
}

/// The password in the authority of a URL: `scheme://user:password@host` (RFC 3986, section 3.2.1).
enum URLPassword {
  /// Where passwords stand in the text, in order. The password ends at the last `@` before the authority does, so that one that
  /// holds an unescaped `@` disappears as a whole.
  static func ranges(in text: String) -> [Range<String.Index>] {
    let bytes = text.utf8
    var found: [Range<String.Index>] = []
    var rest = text[...]
    while let mark = rest.firstRange(of: "://") {
      let authority = bytes[mark.upperBound...].prefix { !isEnd($0) }
      if let at = authority.lastIndex(of: UInt8(ascii: "@")), let colon = authority[..<at].firstIndex(of: UInt8(ascii: ":")),
        bytes.index(after: colon) < at
      {
        found.append(bytes.index(after: colon)..<at)
      }
      rest = rest[max(mark.upperBound, authority.endIndex)...]
    }
    return found
  }

  /// With the percent signs replaced by what they stand for; `nil` when there are none, or they stand for no text.
  static func decoded(_ password: String) -> String? {
    guard password.utf8.contains(UInt8(ascii: "%")) else { return nil }
    var bytes: [UInt8] = []
    var rest = Array(password.utf8)[...]
    while let first = rest.popFirst() {
      if first == UInt8(ascii: "%"), rest.count >= 2, let byte = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
        bytes.append(byte)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(first)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// What can't stand in an authority: white space, quotes, and what begins the path, the query or the fragment.
  private static func isEnd(_ byte: UInt8) -> Bool {
    byte <= 0x20 || "/?#\"'<>`".utf8.contains(byte)
  }
}
