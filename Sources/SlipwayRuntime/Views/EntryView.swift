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

  package init(_ entry: JournalEntry, plan: Plan?) {
    index = entry.index
    at = entry.at
    stream = entry.stream
    kind = entry.kind
    actor = entry.actor
    cause = entry.cause
    do {
      sentence = try Event(kind: entry.kind, body: entry.body).sentence(plan: plan)
    } catch {
      sentence = String(decoding: entry.body, as: UTF8.self)
    }
  }
}

extension Event {
  /// The event in one sentence. `plan` gives steps their names.
  package func sentence(plan: Plan?) -> String {
    func step(_ index: Int) -> String {
      guard let plan, plan.steps.indices.contains(index) else { return "step \(index + 1)" }
      return "step \(index + 1) of \(plan.steps.count) (\(plan.steps[index].name))"
    }
    return switch self {
    case .rolloutStarted(let value):
      "\(value.plan.strategy) of \(value.plan.version) asked for by \(value.request.actor.name): \(value.request.reason)"
    case .buildStarted: "building and unpacking the release"
    case .releasePrepared(let value): "release is in its own folder, digest \(value.artifact.short)"
    case .deployStarted: "starting the candidate" + (plan.map { " in \($0.candidateSlot.rawValue)" } ?? "")
    case .validationStarted: "waiting for the candidate to be ready; it has no traffic"
    case .stepStarted(let value): "\(step(value.index)) begins"
    case .capacityReady: "replicas are ready; moving traffic"
    case .holdStarted: "the split is in force"
    case .splitDrifted: "the split in force is another one; applying it again"
    case .evaluated(let value):
      (["verdict \(value.verdict.rawValue)"] + value.findings.filter { $0.verdict != .pass }.map(\.sentence)).joined(separator: "; ")
    case .instanceExited(let value): "a process of the candidate ended: \(value.exit.status)"
    case .stepPassed(let value): "\(step(value.index)) passed" + (value.promotedByIntent ? " by a person's decision" : "")
    case .promoted: "promoted: the candidate has all traffic and is watched"
    case .bakeEnded(let value): "the bake is over: \(value.cause.rawValue)"
    case .effectSucceeded: "done"
    case .effectFailed(let value): "attempt \(value.attempt) failed: \(value.error.message)"
    case .intentRecorded(let value): "\(value.kind.rawValue) by \(value.actor.name): \(value.reason)"
    case .rollbackStarted(let value): "going back (\(value.style.rawValue)): \(value.reason.message)"
    case .rollbackStepStarted(let value): "lowering the candidate to \(value.weight)"
    case .trafficRestored: "all traffic is back at the safe state"
    case .rolloutSucceeded: "the rollout is done"
    case .rolloutRolledBack: "the rollout has gone back"
    case .rolloutFailed(let value): "the rollout failed: \(value.message)"
    }
  }
}
