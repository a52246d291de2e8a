import Glibc
import SlipwayModel

/// A system call that failed, with what it was about.
struct SystemCallError: Error, CustomStringConvertible {
  let call: String
  let subject: String
  /// `errno` as the call left it.
  let number: Int32

  init(_ call: String, _ subject: String, _ number: Int32 = errno) {
    self.call = call
    self.subject = subject
    self.number = number
  }

  var description: String { "\(call) \(subject): \(String(cString: strerror(number)))" }
}

extension SlipwayError.Code {
  static let diskFull = Self("disk-full")
  static let stateNotWritable = Self("state-not-writable")
  static let stateBroken = Self("state-broken")
}

extension SlipwayError {
  /// What a failure to read or write the state folder means to a person: `disk-full`, `state-not-writable` or `state-broken`.
  static func storage(_ error: any Error, doing what: String) -> SlipwayError {
    if let known = error as? SlipwayError { return known }
    guard let failure = error as? SystemCallError else {
      return SlipwayError(
        .stateBroken, .broken, "\(what) failed", remedy: "read the cause; the state folder may have to be restored from a backup",
        cause: error)
    }
    switch failure.number {
    case ENOSPC, EDQUOT:
      return SlipwayError(
        .diskFull, .broken, "\(what) failed: no space is left at \(failure.subject)", remedy: "free space on that disk, then try again",
        cause: failure)
    case EACCES, EPERM, EROFS:
      return SlipwayError(
        .stateNotWritable, .broken, "\(what) failed: \(failure.subject) can't be written by this user",
        remedy: "make the folder writable for the user that runs slipway, or choose another with --state", cause: failure)
    default:
      return SlipwayError(
        .stateBroken, .broken, "\(what) failed at \(failure.subject)", remedy: "look at the cause and at that path, then try again",
        cause: failure)
    }
  }
}
