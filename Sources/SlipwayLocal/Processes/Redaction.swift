/// Takes the values of secret variables out of text that leaves the machine's user: reports, events, the journal.
struct Redaction: Sendable {
  /// Longest first, so that a secret that contains another disappears as a whole.
  private let secrets: [String]

  /// A variable is secret when its name contains one of these words.
  static let words = ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "DSN", "PRIVATE"]
  static let replacement = "[redacted]"

  init(variables: [String: String]) {
    var found: Set<String> = []
    for (name, value) in variables where Self.isSecret(name) && !value.isEmpty {
      found.insert(value)
      for line in value.split(whereSeparator: \.isNewline) { found.insert(String(line)) }
    }
    secrets = found.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
  }

  static func isSecret(_ name: String) -> Bool {
    let upper = name.uppercased()
    return words.contains { upper.contains($0) }
  }

  /// A secret of fewer than four characters is replaced only where it stands as a word of its own: `a` is in every line.
  func apply(to line: String) -> String {
    secrets.reduce(line) { text, secret in
      if secret.count >= 4 { return text.replacing(secret, with: Self.replacement) }
      return text.split(separator: " ", omittingEmptySubsequences: false)
        .map { word in word == secret || word.hasSuffix("=" + secret) ? Substring(word.dropLast(secret.count) + Self.replacement) : word }
        .joined(separator: " ")
    }
  }
}
