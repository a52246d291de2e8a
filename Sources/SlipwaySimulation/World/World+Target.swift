import SlipwayEngine
import SlipwayModel
import SlipwayPorts

/// The target as the world has it: what an agent does once a request has reached it.
extension World {
  /// Lets time go by up to the present instant: processes start and end, requests are answered.
  func catchUp() {
    let now = self.now
    var accounted = meter.accounted
    while accounted < now {
      let (blue, green) = (places.blue.nextChange, places.green.nextChange)
      var next = min(now, meter.nextSecond)
      if let arrival = arrivals.lazy.map(\.at).min() { next = min(next, max(arrival, accounted)) }
      if let blue { next = min(next, max(blue, accounted)) }
      if let green { next = min(next, max(green, accounted)) }
      meter.account(until: next, split: split, places: places, &random)
      if let blue, blue <= next { change(.blue, at: next) }
      if let green, green <= next { change(.green, at: next) }
      while let place = arrivals.firstIndex(where: { $0.at <= next }) { arrivals.remove(at: place).arrive() }
      accounted = meter.accounted
    }
  }

  private func change(_ slot: Slot, at now: Timestamp) {
    if let goneAt = places[slot].goneAt, goneAt <= now { places[slot] = Place() } else { places[slot].change(at: now) }
    trace?.add(now, "target", "\(slot.rawValue): \(places[slot].ready) ready")
  }

  /// Refuses a writer with an outdated epoch and a call that a later one has overtaken, and remembers the newest.
  func fence(_ operation: Operation) throws(SlipwayError) {
    guard operation.epoch >= epoch else {
      oracle.sightings.see(.oldEffectRefused)
      throw SlipwayError(
        .init("stale-epoch"), .refused, "epoch \(operation.epoch) is older than \(epoch)", remedy: "another writer has taken over")
    }
    guard operation.epoch > epoch || operation.sequence >= newestCall else {
      oracle.sightings.see(.lateEffectRefused)
      throw SlipwayError(
        .init("stale-call"), .refused, "call \(operation.sequence) is older than \(newestCall)", remedy: "nothing has to be done")
    }
    (epoch, newestCall) = (operation.epoch, operation.sequence)
  }

  func prepare(_ request: PrepareRequest, _ operation: Operation) throws(SlipwayError) -> Digest {
    judge(.prepare, operation)
    if model(of: request.version).buildFails {
      throw SlipwayError(.init("build-failed"), .input, "the build of \(request.version) failed", remedy: "mend it")
    }
    let digest = prepared[request.version] ?? Digest(hashing: request.version.description.utf8)
    prepared[request.version] = digest
    return digest
  }

  func ensure(_ workload: Workload, _ operation: Operation) {
    catchUp()
    judge(.ensure(slot: workload.slot, replicas: workload.replicas), operation, release: workload.release)
    let slot = workload.slot
    if places[slot].workload?.release != workload.release || places[slot].goneAt != nil {
      places[slot] = Place(workload: workload, model: model(of: workload.release.version))
    }
    places[slot].workload = workload
    scale(slot, to: workload.replicas)
  }

  func scale(_ slot: Slot, to replicas: Int) {
    if places[slot].replicas.count > replicas { places[slot].replicas.removeLast(places[slot].replicas.count - replicas) }
    while places[slot].replicas.count < replicas {
      // Processes of one release do not take the same time to the millisecond.
      let delay = startDelay + .milliseconds(Int64(random.target.whole(in: 0...50)))
      places[slot].replicas.append(places[slot].started(at: now, exits: 0, delay: delay))
    }
    places[slot].count(at: now)
  }

  /// Begins to stop what runs in a slot.
  ///
  /// - Returns: when it will be gone.
  func retire(_ slot: Slot, _ operation: Operation) -> Timestamp {
    catchUp()
    judge(.retire(slot: slot), operation)
    guard let workload = places[slot].workload else { return now }
    if let goneAt = places[slot].goneAt { return goneAt }
    let stop =
      places[slot].model.ignoresTermination || lasts(.ignoresTermination) != nil ? workload.service.shutdown.grace : .milliseconds(100)
    let goneAt = now + min(workload.service.shutdown.drain, .milliseconds(300)) + stop
    places[slot].goneAt = goneAt
    places[slot].count(at: now)
    return goneAt
  }

  /// What the target reports: the world as it is, unless a fault stands between.
  func observe() async throws -> WorldObservation {
    if lasts(.targetUnreachable) != nil { throw Self.noAnswer("the target can't be reached") }
    if lasts(.looksCoalesced) != nil { try await scheduler.sleep(until: now + .milliseconds(2500)) }
    if lasts(.staleView) != nil, let staleView { return staleView }
    if lasts(.looksLag) != nil { return lateView() }
    return observeNow()
  }

  func observeNow() -> WorldObservation {
    catchUp()
    return WorldObservation(
      at: now + targetClock, blue: places.blue.observed(targetClock), green: places.green.observed(targetClock),
      split: lasts(.splitUnknown) == nil ? split : nil)
  }

  func apply(_ split: TrafficSplit, _ operation: Operation) {
    catchUp()
    judge(.route(split), operation)
    previousSplit = self.split
    self.split = split
    for slot in Slot.allCases where split.weight(of: slot) > .zero && places[slot].exposedSince == nil {
      places[slot].exposedSince = now
    }
  }
}
