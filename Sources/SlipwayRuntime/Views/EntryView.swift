import FoundationEssentials
import SlipwayEngine
import SlipwayModel
import SlipwayPorts

/// A journal entry as the API and `--output json` show it: the event, and one sentence for people.
package struct EntryView: Hashable, Sendable, Codable {
  package let index: Int64
  package let at: Timestamp
  package let stream: String
  package let kind: String
  package let actor: Actor
  package let cause: String?
  /// What happened, in words.
  package let sentence: String

  /// - Parameters:
  ///   - plan: gives steps their names.
  ///   - effect: what an entry about an effect is about.
  package init(_ entry: JournalEntry, plan: Plan?, effect: Effect? = nil) {
    index = entry.index
    at = entry.at
    stream = entry.stream
    kind = entry.kind
    actor = entry.actor
    cause = entry.cause
    do {
      sentence = try Event(kind: entry.kind, body: entry.body).sentence(plan: plan, effect: effect)
    } catch {
      sentence = String(decoding: entry.body, as: UTF8.self)
    }
  }
}

extension Event {
  /// The event in one sentence. `plan` gives steps their names, `effect` is what an event about an effect is about.
  package func sentence(plan: Plan?, effect: Effect? = nil) -> String {
    func step(_ index: Int) -> String {
      guard let plan, plan.steps.indices.contains(index) else { return "step \(index + 1)" }
      return "step \(index + 1) of \(plan.steps.count) (\(plan.steps[index].name))"
    }
    func because(_ reason: String) -> String { reason.isEmpty ? "" : ": \(reason)" }
    return switch self {
    case .rolloutStarted(let value):
      "\(value.plan.strategy) \(value.plan.purpose == .rollback ? "to" : "of") \(value.plan.version) asked for by \(value.request.actor.name)"
        + because(value.request.reason)
    case .buildStarted: "building and unpacking the release"
    case .releasePrepared(let value): "release is in its own folder, digest \(value.artifact.short)"
    case .deployStarted: "starting the candidate" + (plan.map { " in \($0.candidateSlot.rawValue)" } ?? "")
    case .validationStarted: "waiting for the candidate to be ready; it has no traffic"
    case .gatesStarted(let value): value.sentence(plan: plan)
    case .gateAnswered(let value): value.sentence
    case .stepStarted(let value): "\(step(value.index)) begins"
    case .capacityReady: "replicas are ready; moving traffic"
    case .holdStarted: "the split is in force"
    case .splitDrifted: "the split in force is another one; applying it again"
    case .referenceTaken(let value):
      "reference taken: \(value.total.requests) requests of the live slot in \(value.blocks.count) blocks of \(value.block)"
    case .measured(let value): value.sentence
    case .intervalJudged(let value): value.sentence
    case .watched(let value): value.sentence
    case .undecided(let value): value.sentence + "; `slipway promote`, `slipway resume` or `slipway abort`"
    case .evaluated(let value):
      (["verdict \(value.verdict.rawValue)"] + value.findings.filter { $0.verdict != .pass }.map(\.sentence)).joined(separator: "; ")
    case .instanceExited(let value): "a process of the candidate \(value.exit.predicate)"
    case .stepPassed(let value): "\(step(value.index)) passed" + (value.promotedByIntent ? " by a person's decision" : "")
    case .promoted: "promoted: the candidate has all traffic" + (plan?.bake == .zero ? "" : " and is watched")
    case .bakeEnded(let value): "the bake is over: \(value.cause.words)"
    case .effectSucceeded: "done" + (effect.map { ": \($0)" } ?? "")
    case .effectFailed(let value): "attempt \(value.attempt) to \(effect?.description ?? "do that") failed: \(value.error.message)"
    case .intentRecorded(let value): "\(value.kind.words) by \(value.actor.name)" + because(value.reason)
    case .rollbackStarted(let value): "going back (\(value.style.rawValue)): \(value.reason.message)"
    case .rollbackStepStarted(let value): "lowering the candidate to \(value.weight)"
    case .trafficRestored: "all traffic is back at the safe state"
    case .rolloutSucceeded: "the rollout is done"
    case .rolloutRolledBack: "the rollout has gone back"
    case .rolloutFailed(let value): "the rollout failed: \(value.message)"
    }
  }
}

extension EntryView {
  /// Whether the entry's sentence needs those before it.
  package static func isAboutEffect(_ entry: JournalEntry) -> Bool {
    entry.kind == "effect_succeeded" || entry.kind == "effect_failed"
  }

  /// The entries of a rollout from its start on, with what was done by each effect.
  package static func all(_ entries: [JournalEntry], plan: Plan?) -> [EntryView] {
    var rollout: Rollout?
    return entries.map { entry in
      let event: Event
      // An entry that can't be read is shown as it is.
      do { event = try Event(kind: entry.kind, body: entry.body) } catch { return EntryView(entry, plan: plan) }
      let view = EntryView(entry, plan: plan, effect: event.effectID.flatMap { id in rollout?.pending.first { $0.id == id }?.effect })
      if case .rolloutStarted(let started) = event { rollout = Rollout(started, at: entry.at) } else { rollout?.apply(event, at: entry.at) }
      return view
    }
  }
}

extension Event {
  fileprivate var effectID: String? {
    if case .effectSucceeded(let value) = self { return value.id }
    if case .effectFailed(let value) = self { return value.id }
    return nil
  }
}

extension BakeEnded.Cause {
  fileprivate var words: String {
    switch self {
    case .elapsed: "its time is up"
    case .nextRelease: "the next release needs the other slot"
    case .promoted: "a person ended it"
    }
  }
}

extension Intent.Kind {
  fileprivate var words: String {
    switch self {
    case .pause: "paused"
    case .resume: "resumed"
    case .promote: "promoted"
    case .promoteFully: "promoted fully"
    case .abort: "aborted"
    case .rollback: "rolled back"
    }
  }
}
