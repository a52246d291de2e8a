/// Why a note, key, checkpoint or proof was refused. Input from outside never does worse than throw this.
package struct NoteError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Reason: String, Hashable, Sendable {
    /// It is not in the format.
    case malformed
    /// A key that we trust is named, but its signature is wrong.
    case badSignature
    /// No key that we trust has signed it.
    case unknownSigner
  }

  package let reason: Reason
  /// What is wrong, in words.
  package let description: String

  init(_ reason: Reason, _ description: String) {
    self.reason = reason
    self.description = description
  }
}
