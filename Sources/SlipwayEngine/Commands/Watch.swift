import SlipwayModel

/// How well the world has been watched lately.
///
/// Bounds on waiting count only time in which somebody looked: a server that stood still, was restarted, or could not reach
/// the target must not blame the candidate for what it did not see.
package struct Watch: Hashable, Sendable {
  /// Two looks that are further apart are not one after the other: something stood still between them.
  package static let gap = TimeSpan.seconds(5)

  /// Since when there has been one look after the other.
  package private(set) var since: Timestamp
  /// Since when the target has answered every look, or has failed to answer any: whichever the newest look found.
  package private(set) var sameSince: Timestamp
  private var newest: Timestamp
  private var isSeen: Bool?

  /// A watch that begins now.
  package init(from now: Timestamp) {
    since = now
    sameSince = now
    newest = now
  }

  /// Takes in that somebody looked.
  ///
  /// - Parameter isSeen: whether the target answered.
  package mutating func looked(at now: Timestamp, isSeen: Bool) {
    if now - newest > Self.gap {
      since = now
      sameSince = now
    } else if isSeen != self.isSeen {
      sameSince = now
    }
    newest = now
    self.isSeen = isSeen
  }
}
