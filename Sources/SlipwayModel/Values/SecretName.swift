/// Tells by its name whether a variable probably holds a secret.
package enum SecretName {
  /// A name is a secret's when it contains one of these words, in whatever case.
  package static let words = ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "DSN", "PRIVATE"]

  /// Whether the name contains one of ``words``.
  package static func matches(_ name: String) -> Bool {
    let upper = name.uppercased()
    return words.contains { upper.contains($0) }
  }
}
