/// Why bytes are no journal entry, or values cannot become one.
package struct EntryFault: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Reason: Hashable, Sendable {
    /// Values or bytes are not in the form that the format asks for.
    case malformed
    /// The encoded entry has this many bytes, more than ``EntryEnvelope/maximumByteCount``.
    case tooLarge(Int)
  }

  package let reason: Reason
  /// What is wrong, in words.
  package let description: String

  init(_ reason: Reason, _ description: String) {
    self.reason = reason
    self.description = description
  }

  static func malformed(_ description: String) -> EntryFault { EntryFault(.malformed, description) }
}
