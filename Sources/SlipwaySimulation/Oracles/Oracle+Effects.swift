import SlipwayEngine
import SlipwayModel
import SlipwayPorts

/// Nothing is done that the journal does not already say, by nobody whose time is over, and on the way back traffic first.
extension Oracle {
  /// An effect takes effect.
  ///
  /// - Parameters:
  ///   - release: what an `ensure` runs.
  ///   - present: the split in force.
  mutating func take(_ effect: Effect, _ operation: Operation, release: Release?, present: TrafficSplit) {
    if operation.epoch < newestEffect {
      violate(.fence, "\(operation.name) of epoch \(operation.epoch) took effect after one of epoch \(newestEffect)")
    }
    newestEffect = max(newestEffect, operation.epoch)
    guard let record = self[operation.rollout] else {
      return violate(.authority, "\(operation.name) for \(operation.rollout), of which the journal knows nothing")
    }
    // The target has not heard of the new writer yet: what the old one sent is still carried out, and put right by the new one.
    if operation.epoch < newestLease { return sightings.see(.oldEffectBeforeFence) }
    if record.outstanding.first != effect, hasLateArrivals, record.formerly.contains(effect) { return sightings.see(.lateEffect) }
    if record.outstanding.first != effect {
      let asked = record.outstanding.first.map { "\($0)" } ?? "nothing"
      violate(.authority, "\(operation.rollout) does '\(effect)' while the journal asks for: \(asked)")
    }
    switch effect {
    case .prepare, .ask: break
    case .route(let split): takeRoute(split, record)
    case .ensure(let slot, let replicas): takeEnsure(slot, replicas, release, record)
    case .retire(let slot): takeRetire(slot, record)
    }
  }

  private mutating func takeRoute(_ split: TrafficSplit, _ record: RolloutRecord) {
    let weight = split.weight(of: record.candidate)
    let authorised = authorised(record)
    if weight > authorised {
      violate(record.isBack ? .rise : .authority, "the candidate of \(record.id) gets \(weight), at most \(authorised) may be")
    }
  }

  /// The largest share that the candidate may have by the plan and by what the journal says.
  private func authorised(_ record: RolloutRecord) -> Percentage {
    switch record.place {
    case .pending, .building, .deploying, .validating: .zero
    case .scaling: (record.step ?? 0) > 0 ? record.plan.steps[(record.step ?? 1) - 1].weight : .zero
    case .routing, .holding: record.planned?.weight ?? .zero
    case .baking, .ending: .hundred
    case .goingBack, .restored: record.style == .gradual ? record.asked : .zero
    case .over: record.phase == .succeeded ? .hundred : .zero
    }
  }

  private mutating func takeEnsure(_ slot: Slot, _ replicas: Int, _ release: Release?, _ record: RolloutRecord) {
    if slot == record.candidate {
      if let release, release.version != record.plan.version || release.artifact != record.artifact {
        violate(.authority, "\(slot.rawValue) is to run \(release.version), not the release that \(record.id) prepared")
      }
      if record.isBack { violate(.order, "\(record.id) goes back and starts its candidate") }
    } else if let release, release != record.plan.live?.release {
      violate(.authority, "\(slot.rawValue) is to run \(release.version), not what was live when \(record.id) began")
    }
  }

  private mutating func takeRetire(_ slot: Slot, _ record: RolloutRecord) {
    switch record.place {
    case .restored, .goingBack:
      if record.place == .goingBack, record.isExposed {
        violate(.order, "\(record.id) stops \(slot.rawValue) before traffic was seen at the safe state")
      }
      if slot != record.candidate { violate(.capacity, "\(record.id) goes back and stops what was live") }
    case .holding, .ending:
      if slot == record.candidate { violate(.capacity, "\(record.id) goes forward and stops its candidate") }
    case .pending, .building, .deploying, .validating, .scaling, .routing, .baking, .over:
      violate(.order, "\(record.id) stops \(slot.rawValue) while \(record.place.rawValue)")
    }
  }
}
