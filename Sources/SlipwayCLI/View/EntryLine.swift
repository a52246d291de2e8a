import SlipwayModel
import SlipwayRuntime

/// Journal entries as plain lines: what there is to read where no live view can be drawn.
enum EntryLine {
  /// Says that an effect is done, which the next entry says better.
  private static let quiet: Set<String> = ["effect_succeeded"]

  /// `09:14:07 UTC  step 1 of 3 (10%) begins`; `nil` for an entry that tells a reader nothing.
  static func line(_ entry: EntryView) -> String? {
    quiet.contains(entry.kind) ? nil : "\(entry.at.timeOfDay) UTC  \(entry.sentence)"
  }

  /// One line of `slipway history ROLLOUT`: every entry, with its place and who acted.
  static func full(_ entry: EntryView) -> String {
    "\(String(entry.index).leftPadded(6))  \(entry.at)  \(entry.actor.name.padded(12))  \(entry.sentence)"
  }
}
