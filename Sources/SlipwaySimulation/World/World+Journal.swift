import SlipwayEngine
import SlipwayModel
import SlipwayPorts

extension World {
  /// Writes entries, takes them into the shadow of their rollout, and wakes whoever waits for them.
  func append(_ drafts: [JournalDraft], after newest: Int64?, fence: LeaseFence?) throws(SlipwayError) -> [Int64] {
    do { try journal.check(drafts, after: newest, fence) } catch {
      oracle.sightings.see(.oldAppendRefused)
      throw error
    }
    check(drafts, fence: fence)
    judgeFence(fence, of: drafts)
    return take(drafts)
  }

  /// Puts entries where they can be read.
  @discardableResult
  func take(_ drafts: [JournalDraft]) -> [Int64] {
    let indexes = journal.append(drafts)
    counts.events += drafts.count
    var isNews = false
    judgeAppend(drafts)
    if post != nil { takeNotices(drafts, indexes) }
    for draft in drafts {
      guard let event = draft.content as? Event else { continue }
      if case .stepPassed(let passed) = event, let shadow = shadows[draft.stream] { check(passed, of: shadow.rollout) }
      guard let change = shadows.apply(event, at: draft.at, stream: draft.stream, meter.tally) else { continue }
      if change == .afterEnd { violate(.terminal, "\(draft.stream) goes on after its end with \(draft.kind)") }
      isNews = isNews || change == .news
      if trace != nil { traceEvent(event, draft) }
    }
    if isNews { changes.ring() }
    return indexes
  }

  /// What entries give to tell, and what they say of that.
  private func takeNotices(_ drafts: [JournalDraft], _ indexes: [Int64]) {
    for (draft, index) in zip(drafts, indexes) {
      if let event = draft.content as? Event {
        post?.take(event, draft.stream, index: index, writer: counts.servers)
      } else {
        settleNotice(draft)
      }
    }
  }

  private func traceEvent(_ event: Event, _ draft: JournalDraft) {
    let weights = Slot.allCases.map { "\($0.rawValue) \(split.weight(of: $0))" }.joined(separator: " ")
    trace?.add(now, String(draft.stream.dropFirst("rollout/".count)), "\(weights) | \(event.kind.rawValue): \(event.traceText)")
  }
}

/// What the journal says of each rollout: the fold of its events as they were appended.
struct Shadows {
  /// Changed in place: a rollout is too large to be copied for each entry.
  final class Shadow {
    var rollout: Rollout
    /// Phases in order, with when they began.
    var phases: [PhaseChange]
    /// Everything that it ever asked the world for.
    var planned: [Effect] = []
    /// Requests of the world until the rollout began, and until its newest event.
    var requests: Pair<Int>
    var failed: Pair<Int>
    /// What the candidate's slot answered until then.
    var answered: Pair<RequestCounts>

    init(_ start: RolloutStarted, at now: Timestamp, _ tally: Tally) {
      rollout = Rollout(start, at: now)
      phases = [PhaseChange(phase: .pending, at: now)]
      requests = Pair(tally.requests, tally.requests)
      failed = Pair(tally.failed, tally.failed)
      answered = Pair(tally.answered[rollout.candidateSlot], tally.answered[rollout.candidateSlot])
    }

    /// Takes an event in that came after the start.
    func apply(_ event: Event, at now: Timestamp, _ tally: Tally) {
      let before = rollout.phase
      for effect in rollout.taken(event, at: now) where !planned.contains(effect.effect) { planned.append(effect.effect) }
      if rollout.phase != before { phases.append(PhaseChange(phase: rollout.phase, at: now)) }
      requests.green = tally.requests
      failed.green = tally.failed
      answered.green = tally.answered[rollout.candidateSlot]
    }
  }

  private(set) var all: [Shadow] = []
  private var places: [String: Int] = [:]

  subscript(id: String) -> Shadow? { places[id].map { all[$0] } }

  /// The newest rollout about which the engine asks people.
  var undecided: Rollout? { all.last { $0.rollout.pause?.actor == .engine && !$0.rollout.phase.isTerminal }?.rollout }

  /// The newest rollout that a person paused before an instant.
  func paused(before instant: Timestamp) -> String? {
    all.last { shadow in
      let rollout = shadow.rollout
      return !rollout.phase.isTerminal && rollout.pause.map { $0.actor != .engine && $0.since < instant } ?? false
    }?.rollout.id
  }

  var open: Bool { all.contains { !$0.rollout.phase.isTerminal } }

  enum Change {
    /// A rollout began or ended, or waits for people.
    case news
    case progress
    /// The rollout was over already.
    case afterEnd
  }

  /// Takes an event in; `nil` for one of no known rollout.
  mutating func apply(_ event: Event, at now: Timestamp, stream: String, _ tally: Tally) -> Change? {
    if case .rolloutStarted(let start) = event {
      places[stream] = all.count
      places[start.id] = all.count
      all.append(Shadow(start, at: now, tally))
      return .news
    }
    guard let shadow = self[stream] else { return nil }
    let wasOver = shadow.rollout.phase.isTerminal
    shadow.apply(event, at: now, tally)
    if case .undecided = event { return .news }
    return wasOver ? .afterEnd : shadow.rollout.phase.isTerminal ? .news : .progress
  }
}

extension Rollout {
  /// Takes an event in and says what is to be done then. In one go: to ask a rollout that lies in an object for more than a stored value
  /// copies all of it.
  fileprivate mutating func taken(_ event: Event, at now: Timestamp) -> [PlannedEffect] {
    apply(event, at: now)
    return pending
  }
}
