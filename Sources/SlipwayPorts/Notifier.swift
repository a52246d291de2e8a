import SlipwayModel

/// Tells people, or programs of theirs, what the journal says.
package protocol Notifier: Sendable {
  /// Sends a notice once. Answers or throws within ten seconds.
  ///
  /// - Parameter folder: of the project, where relative paths of the channel start.
  /// - Throws: `SlipwayError` when it may be tried again: `notice-not-taken`, `notice-unreachable`, `notice-secret`. Its words hold no more
  ///   of a URL than scheme and host.
  func tell(_ notice: Notice, to channel: NotificationChannel, in folder: String) async throws -> NoticeAnswer
}

/// What a receiver made of a notice.
package enum NoticeAnswer: Hashable, Sendable {
  /// It has it.
  case taken
  /// It does not want it, and would not the next time either: why, in words without secrets.
  case refused(String)
}
