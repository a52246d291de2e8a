import Logging
import SlipwayModel
import SlipwayPorts
import Synchronization

/// How leadership is agreed on.
package struct LeadershipSettings: Hashable, Sendable {
  package let lease: ObjectKey
  /// Who this process is; no other process may ever have the same.
  package let identity: String
  /// After so long without a change others may take the Lease; in whole seconds, at least 3.
  package let duration: TimeSpan
  /// A leader that could not renew for so long stops: two thirds of ``duration``, as client-go has it.
  package var renewDeadline: TimeSpan { .milliseconds(duration.milliseconds * 2 / 3) }
  /// How often a leader renews, and others look.
  package var retry: TimeSpan { .milliseconds(duration.milliseconds * 2 / 15) }

  package init(lease: ObjectKey, identity: String, duration: TimeSpan = .seconds(15)) {
    self.lease = lease
    self.identity = identity
    self.duration = .seconds(max(3, duration.milliseconds / 1000))
  }
}

/// Agrees with other processes by a Lease on who leads, as client-go's leader election does.
///
/// Clocks of two machines are never compared: a Lease is free when it names nobody, or when this process has seen no change of it for as
/// long as its holder counts on it. A holder counts from before its request was sent, and gives up a third earlier.
package final class LeaderElection: Sendable {
  package let settings: LeadershipSettings
  private let client: KubernetesClient
  private let clock: any EngineClock
  private let random: @Sendable () -> Double
  private let logger: Logger

  /// What a Lease said, and when that was first seen.
  private struct Sighting {
    let record: LeaseRecord
    let at: Timestamp
  }

  private struct State {
    var sighting: Sighting?
    /// As it was written last: a renewal writes over it without reading.
    var written: ObjectDocument?
    /// Failures are told once, until there is a success.
    var isFailing = false
  }

  private let state = Mutex(State())

  package init(
    client: KubernetesClient, settings: LeadershipSettings, clock: any EngineClock, random: @escaping @Sendable () -> Double,
    logger: Logger
  ) {
    (self.client, self.settings, self.clock, self.random, self.logger) = (client, settings, clock, random, logger)
  }

  /// The time of the clock that the election goes by.
  package var now: Timestamp { clock.now() }

  /// Who leads as far as was last seen; `nil` when nobody does.
  package var leader: String? {
    state.withLock { $0.sighting?.record.holder }.flatMap { $0.isEmpty ? nil : $0 }
  }

  // MARK: Taking it

  /// Waits until this process leads. Failures are logged and tried again.
  ///
  /// - Parameter floor: a term that has been used already: the new one is greater, also when somebody has deleted the Lease.
  /// - Throws: `CancellationError` only.
  package func campaign(above floor: @Sendable () async throws -> Int64) async throws -> Tenure {
    while true {
      try Task.checkCancellation()
      do {
        if let tenure = try await attempt(floor) {
          logger.notice("this server leads now", metadata: ["lease": "\(settings.lease)", "term": "\(tenure.term)"])
          return tenure
        }
        noteSuccess()
      } catch let error as CancellationError {
        throw error
      } catch { note(error) }
      // Whoever waits looks at different moments, and at once when the time of the present holder is over.
      let pause = TimeSpan.milliseconds(Int64(Double(settings.retry.milliseconds) * (1 + 0.2 * random())))
      try await clock.sleep(for: max(.milliseconds(10), min(pause, untilFree ?? pause)))
    }
  }

  private var untilFree: TimeSpan? {
    state.withLock { $0.sighting }.map { $0.at + $0.record.duration - clock.now() }.flatMap { $0 > .zero ? $0 : nil }
  }

  private func attempt(_ floor: @Sendable () async throws -> Int64) async throws -> Tenure? {
    let present = try await client.get(settings.lease, call("look at", within: settings.renewDeadline))
    let record = present.map { LeaseRecord(of: $0) }
    let since = note(record)
    // One that is gone has been deleted, and its holder counts on it until its time is over.
    let known = record ?? state.withLock { $0.sighting?.record }
    // One that names this process is what an attempt has left whose answer was lost.
    if let record = known, !record.holder.isEmpty, record.holder != settings.identity, since + record.duration > clock.now() { return nil }
    let term = max((known?.transitions ?? 0) + 1, try await floor() + 1)
    let sent = clock.now()
    let time = LeaseRecord.time(sent)
    let mine = LeaseRecord(
      holder: settings.identity, duration: settings.duration, acquired: time, renewed: time, transitions: term)
    do {
      try await write(mine, over: present, within: settings.renewDeadline)
    } catch let error as SlipwayError where error.code == .objectConflict || error.code == .objectExists {
      return nil
    }
    let tenure = Tenure(
      term: term, holder: settings.identity, lease: settings.lease, until: sent + settings.renewDeadline, clock: clock)
    return tenure.isInForce ? tenure : nil
  }

  /// - Returns: since when it is known to say what it says.
  private func note(_ record: LeaseRecord?) -> Timestamp {
    let now = clock.now()
    return state.withLock { state in
      guard let record else { return state.sighting?.at ?? now }
      if let old = state.sighting, old.record == record { return old.at }
      state.sighting = Sighting(record: record, at: now)
      return now
    }
  }

  // MARK: Keeping it

  /// Renews until that fails for too long, or somebody else has the Lease.
  ///
  /// - Returns: why it has ended; the tenure is over then.
  /// - Throws: `CancellationError` only; the tenure then lasts until it is ended.
  package func hold(_ tenure: Tenure) async throws -> SlipwayError {
    while true {
      try await clock.sleep(for: max(.milliseconds(10), min(settings.retry, tenure.left)))
      let left = tenure.left
      guard left > .zero else { return lost(tenure, "it could not be renewed within \(settings.renewDeadline)") }
      let sent = clock.now()
      do {
        guard try await renew(tenure, at: sent, within: left) else {
          return lost(tenure, leader.map { "\($0) holds it now" } ?? "somebody else has taken it")
        }
        noteSuccess()
        guard tenure.extend(until: sent + settings.renewDeadline) else { continue }
      } catch let error as CancellationError {
        throw error
      } catch { note(error) }
    }
  }

  /// - Returns: `false` when the Lease is no longer this tenure's.
  private func renew(_ tenure: Tenure, at now: Timestamp, within limit: TimeSpan) async throws -> Bool {
    // One call of several must not use up all the time that is left.
    let limit = min(limit, .milliseconds(settings.renewDeadline.milliseconds / 2))
    var present = state.withLock { $0.written }
    for _ in 0..<3 {
      if present == nil {
        present = try await client.get(settings.lease, call("look at", within: limit))
        let record = present.map { LeaseRecord(of: $0) }
        _ = note(record)
        if let record, record.holder != tenure.holder || record.transitions != tenure.term { return false }
      }
      let acquired = present.map { LeaseRecord(of: $0).acquired }
      let time = LeaseRecord.time(now)
      let record = LeaseRecord(
        holder: tenure.holder, duration: settings.duration, acquired: acquired ?? time, renewed: time, transitions: tenure.term)
      do {
        try await write(record, over: present, within: limit)
        return true
      } catch let error as SlipwayError where [.objectConflict, .objectExists, .objectNotFound].contains(error.code) {
        // Changed by somebody, by an attempt of ours whose answer was lost, or deleted.
        present = nil
      }
    }
    throw SlipwayError(
      .objectConflict, .broken, "the \(settings.lease) is changed again and again", remedy: "find out who else writes to it")
  }

  /// Gives the Lease back, so that another may lead at once. Call it when nothing is written any more.
  package func release(_ tenure: Tenure) async {
    defer { tenure.end() }
    guard tenure.isInForce else { return }
    do {
      let limit = min(tenure.left, .seconds(5))
      guard let present = try await client.get(settings.lease, call("look at", within: limit)) else { return }
      var record = LeaseRecord(of: present)
      guard record.holder == tenure.holder, record.transitions == tenure.term else { return }
      record.holder = ""
      record.duration = .seconds(1)
      record.renewed = LeaseRecord.time(clock.now())
      try await write(record, over: present, within: limit)
      logger.notice("gave the lease back", metadata: ["lease": "\(settings.lease)"])
    } catch {
      logger.warning("the lease could not be given back and will expire", metadata: ["error": "\(error)"])
    }
  }

  // MARK: Calls

  private func write(_ record: LeaseRecord, over present: ObjectDocument?, within limit: TimeSpan) async throws {
    state.withLock { $0.written = nil }
    let document = record.document(over: present, as: settings.lease)
    let call = call("write", within: limit)
    let written =
      present == nil
      ? try await client.create(document, as: settings.lease, call) : try await client.replace(document, as: settings.lease, call)
    _ = note(record)
    state.withLock { $0.written = written }
  }

  private func call(_ verb: String, within limit: TimeSpan) -> ClusterCall {
    ClusterCall("\(verb) the \(settings.lease)", within: limit, priority: .urgent)
  }

  private func lost(_ tenure: Tenure, _ why: String) -> SlipwayError {
    tenure.end()
    return SlipwayError(
      .notLeader, .refused, "this server no longer leads: \(settings.lease): \(why)",
      remedy: "nothing has to be done: it stands by now, and whoever leads goes on")
  }

  private func note(_ error: any Error) {
    let isFirst = state.withLock { state in
      defer { state.isFailing = true }
      return !state.isFailing
    }
    if isFirst { logger.warning("the lease can't be looked at or renewed", metadata: ["error": "\(error)"]) }
  }

  private func noteSuccess() {
    let wasFailing = state.withLock { state in
      defer { state.isFailing = false }
      return state.isFailing
    }
    if wasFailing { logger.info("the lease can be used again") }
  }
}
