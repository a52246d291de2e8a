/// Why a program or a URL could not be asked. Messages hold nothing that is secret.
package struct ReachError: Error {
  package enum Kind: Hashable, Sendable {
    /// No connection, or no answer in time.
    case unreachable
    /// More was said than anybody reads.
    case tooLong
    /// A secret or a certificate is not where it should be.
    case secret
    /// A program can't be started.
    case notStarted
  }

  package let kind: Kind
  package let message: String
  package let cause: (any Error)?

  package init(_ kind: Kind, _ message: String, _ cause: (any Error)? = nil) {
    self.kind = kind
    self.message = message
    self.cause = cause
  }
}
