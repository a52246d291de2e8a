import SlipwayEngine
import SlipwayModel

/// What became of one simulated run.
package struct RunReport: Hashable, Sendable {
  package let scenario: String
  package let seed: UInt64
  package let end: RunEnd
  /// In order of their start.
  package let rollouts: [RolloutReport]
  package let violations: [Violation]
  package let counts: RunCounts
  /// Virtual time from the beginning to the end of the run.
  package let duration: TimeSpan
  /// Requests that arrived, and those of them that failed, over the whole run.
  package let requests: Int
  package let failed: Int
  /// The faults that have struck, in that order; others had no occasion.
  package let struck: [Fault]
  package let sightings: Sightings
  package let ending: Ending
  /// One line for each event, effect and fault, with the weights of both slots; empty unless asked for.
  package let trace: [String]
}

/// Why a run ended.
package enum RunEnd: String, Hashable, Sendable, Codable {
  /// All deployments of the scenario were made and all rollouts are over.
  case completed
  /// Everybody waited for somebody else.
  case deadlock
  /// A million jobs ran without any time going by.
  case spinning
  /// The rollouts were not over by the latest instant at which their plans allow them to be.
  case overdue
  /// An engine looked more often than any plan needs.
  case endless
}

/// What became of one rollout of a run.
package struct RolloutReport: Hashable, Sendable {
  package let id: String
  package let version: Version
  package let purpose: Plan.Purpose
  /// Its phase at the end of the run.
  package let outcome: RolloutPhase
  /// Why it went back or failed.
  package let reason: Reason?
  /// The step that was under way at the end or when it went back.
  package let step: Int?
  package let phases: [PhaseChange]
  package let duration: TimeSpan
  /// Requests that arrived while it was under way, and those of them that failed.
  package let requests: Int
  package let failed: Int
  /// What the candidate answered of them.
  package let candidate: RequestCounts
}

/// Requests and how they went.
package struct RequestCounts: Hashable, Sendable {
  package var requests = 0
  package var failed = 0
  /// Took at least as long as the traffic model calls slow; some of them may have failed too.
  package var slow = 0

  package init(requests: Int = 0, failed: Int = 0, slow: Int = 0) {
    (self.requests, self.failed, self.slow) = (requests, failed, slow)
  }

  static func + (a: RequestCounts, b: RequestCounts) -> RequestCounts {
    RequestCounts(requests: a.requests + b.requests, failed: a.failed + b.failed, slow: a.slow + b.slow)
  }

  static func - (a: RequestCounts, b: RequestCounts) -> RequestCounts {
    RequestCounts(requests: a.requests - b.requests, failed: a.failed - b.failed, slow: a.slow - b.slow)
  }
}

/// A rollout entered a phase.
package struct PhaseChange: Hashable, Sendable {
  package let phase: RolloutPhase
  package let at: Timestamp
}

/// Something that the engine must never do, and did.
package struct Violation: Hashable, Sendable {
  /// What kind of rule was broken.
  package enum Rule: String, CaseIterable, Hashable, Sendable, Codable {
    /// A slot without a ready replica got traffic.
    case readiness
    /// A slot that has traffic lost its replicas.
    case capacity
    /// A slot that has traffic was stopped.
    case retire
    /// A rollout went on after its end.
    case terminal
    /// A decision about another plan counted.
    case intent
    /// Something reached the target that the journal did not ask for.
    case unrecorded
    /// A writer acted under a lease that was never its own, or wrote without one.
    case lease
    /// The candidate got more traffic although its rollout goes back.
    case rollback
    /// A step passed without the evidence that its plan asks for, or an entry lacks what has to be in the journal before it.
    case evidence
    /// Something was done that the journal does not ask for now.
    case authority
    /// The candidate's share rose after the way back began.
    case rise
    /// On the way back something came before traffic.
    case order
    /// What was found sends a rollout back at once, and did not.
    case alarm
    /// A split that somebody else changed was left as it was.
    case drift
    /// An old writer had an effect.
    case fence
    /// What the server knows is not what the journal says.
    case replay
    /// Somebody was told what the journal does not say, or was not told what it does.
    case told
    /// Something went on without the pass of each of its gates, or a gate delayed a way back.
    case gate
    /// A value that is nobody's business was written down.
    case secret
    /// A rollout did not end within its bound, or the run stood still.
    case end
  }

  package let rule: Rule
  /// From the beginning of the run.
  package let at: TimeSpan
  package let words: String
}

/// How much a run did.
package struct RunCounts: Hashable, Sendable {
  /// Times that an engine looked at the target.
  package var ticks = 0
  /// Entries that were appended.
  package var events = 0
  /// Effects that were sent out.
  package var effects = 0
  /// Servers that were started.
  package var servers = 0
  /// Servers that refused to start since they could not read the journal.
  package var refusedStarts = 0
  var ids = 0
}

/// The lines that explain a run.
struct Trace {
  let start: Timestamp
  private(set) var lines: [String] = []

  init(start: Timestamp) {
    self.start = start
  }

  mutating func add(_ instant: Timestamp, _ who: String, _ words: String) {
    let milliseconds = (instant - start).milliseconds
    let fraction = String(milliseconds % 1000)
    let time = "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    lines.append(String(repeating: " ", count: max(0, 9 - time.count)) + time + "  " + who + "  " + words)
  }
}
