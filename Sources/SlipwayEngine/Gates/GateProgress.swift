import SlipwayModel

/// How far a rollout is with its gates.
package struct GateProgress: Hashable, Sendable {
  /// What is asked at the moment.
  package struct Asking: Hashable, Sendable {
    package let before: GateSpec.Place
    /// The step that waits; `nil` for the deployment as a whole.
    package let step: Int?
    /// Since when gates are asked; moved on by pauses.
    package internal(set) var start: Timestamp
    /// Since when the present one is; moved on by pauses.
    package internal(set) var since: Timestamp
  }

  /// Gates whose pass is in the journal.
  package internal(set) var passed: [Name] = []
  /// `nil` while none is asked.
  package internal(set) var asking: Asking?
  /// The newest answer.
  package internal(set) var latest: GateAnswered?
  /// The step that a person wants to go on with as soon as the gates before it have passed.
  package internal(set) var promised: Int?
  /// Time of the present stage that went by with asking that is over.
  var spent = TimeSpan.zero

  init() {}

  /// The time of the present stage that gates have taken: no other bound counts it.
  func taken(at now: Timestamp) -> TimeSpan { spent + (asking.map { now - $0.start } ?? .zero) }

  /// Moves on what began before a pause or during it.
  mutating func resume(after pause: Rollout.Pause, at now: Timestamp) {
    // The time of the stage begins anew then.
    if pause.actor == .engine { spent = .zero }
    guard var asking else { return }
    asking.start = asking.start + (now - max(pause.since, asking.start))
    asking.since = asking.since + (now - max(pause.since, asking.since))
    self.asking = asking
  }

  /// What belongs to a stage ends with it; passes stay.
  mutating func leave() {
    asking = nil
    promised = nil
    spent = .zero
  }
}

/// A word in every rollout, and nothing to look at where no gate was ever asked.
package final class GateBox: Hashable, Sendable {
  let value: GateProgress

  init(_ value: GateProgress) { self.value = value }

  package static func == (one: GateBox, other: GateBox) -> Bool { one === other || one.value == other.value }

  package func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
