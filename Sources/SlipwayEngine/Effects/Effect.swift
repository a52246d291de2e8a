import SlipwayModel

/// Something that the outside world has to be made to look like. Effects are derived from the state, so they are in the
/// journal before they are acted on; each is idempotent, so that one that was cut off by a crash is simply done again.
package enum Effect: Hashable, Sendable {
  /// Build the artifact and put it into its own folder.
  case prepare
  /// Run this many replicas of the release that the slot stands for.
  case ensure(slot: Slot, replicas: Int)
  /// Divide the traffic so.
  case route(TrafficSplit)
  /// Stop what runs in the slot.
  case retire(slot: Slot)
  /// Ask the plan's gate of this name whether it holds.
  case ask(Name)
}

/// An effect with its number in the rollout: they count up in the order in which they are to be done.
package struct PlannedEffect: Hashable, Sendable {
  /// From 0, unique in the rollout.
  package let sequence: Int
  /// What is to be done.
  package let effect: Effect

  package init(sequence: Int, effect: Effect) {
    self.sequence = sequence
    self.effect = effect
  }

  /// The name that the journal has for it.
  package var id: String { "\(sequence)" }
}

/// What came of an effect.
package enum EffectOutcome: Hashable, Sendable {
  case done
  /// The release was prepared; this is its artifact's digest.
  case prepared(Digest)
  /// A gate was asked, which took so long.
  case answered(GateAnswer, took: TimeSpan)
}

extension Effect: CustomStringConvertible {
  package var description: String {
    switch self {
    case .prepare: "prepare the release"
    case .ensure(let slot, let replicas): "run \(replicas) replica\(replicas == 1 ? "" : "s") in \(slot.rawValue)"
    case .route(let split): "send \(split.weight(of: .blue)) to blue and \(split.weight(of: .green)) to green"
    case .retire(let slot): "stop \(slot.rawValue)"
    case .ask(let gate): "ask gate \(gate)"
    }
  }
}
