/// Takes the values of secret variables out of text that leaves the machine's user: reports, events, the journal.
struct Redaction: Sendable {
  /// Longest first, so that a secret that contains another disappears as a whole.
  private let secrets: [String]

  /// A variable is secret when its name contains one of these words.
  static let words = ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "DSN", "PRIVATE"]
  static let replacement = "[redacted]"

  init(secrets: Set<String>) {
    self.secrets = secrets.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
  }

  /// The values of secret variables, each also line by line.
  static func secrets(in variables: [String: String]) -> Set<String> {
    var found: Set<String> = []
    for (name, value) in variables where isSecret(name) && !value.isEmpty {
      found.insert(value)
      for line in value.split(whereSeparator: \.isNewline) { found.insert(String(line)) }
    }
    return found
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
