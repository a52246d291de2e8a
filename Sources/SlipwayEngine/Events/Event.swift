import SlipwayModel

/// What happened in a rollout, in the words of the journal. Applying the events of a rollout in order gives its state.
///
/// Formats are frozen: a case's JSON may gain optional members, nothing else. `docs/formats/journal.md` lists the kinds.
///
/// Indirect, so that an event is one word: with its values inside it would be as large as a plan, and an event is copied a dozen
/// times on its way from the decision to the journal.
package indirect enum Event: Hashable, Sendable {
  case rolloutStarted(RolloutStarted)
  /// Work on the artifact began.
  case buildStarted
  /// The release is in its own folder.
  case releasePrepared(ReleasePrepared)
  /// The candidate's replicas were asked for.
  case deployStarted
  case validationStarted
  /// Gates are asked before what is to come.
  case gatesStarted(GatesStarted)
  /// A gate has answered, or could not be asked.
  case gateAnswered(GateAnswered)
  case stepStarted(StepStarted)
  /// The replicas of the step were seen ready; traffic may move.
  case capacityReady
  /// The split of the step was seen in force.
  case holdStarted
  /// The split in force was found to be another one, and is applied again.
  case splitDrifted(SplitDrifted)
  /// What is known of the live slot from before, for the comparison.
  case referenceTaken(ReferenceTaken)
  /// A block of time in which both slots were measured.
  case measured(Measured)
  /// An interval of a criterion that counts failures in a row.
  case intervalJudged(IntervalJudged)
  /// A block of time in which the promoted release was watched.
  case watched(Watched)
  /// Evidence that a step waits for does not come: a person has to decide.
  case undecided(Undecided)
  /// What the figures said, when that changed.
  case evaluated(Evaluated)
  /// A process of the candidate ended by itself.
  case instanceExited(InstanceExited)
  case stepPassed(StepPassed)
  case promoted
  case bakeEnded(BakeEnded)
  case effectSucceeded(EffectSucceeded)
  case effectFailed(EffectFailed)
  case intentRecorded(Intent)
  case rollbackStarted(RollbackStarted)
  /// One step down of a gradual rollback.
  case rollbackStepStarted(RollbackStep)
  /// All traffic was seen back at the safe state; what the candidate ran may be stopped now.
  case trafficRestored
  case rolloutSucceeded
  case rolloutRolledBack
  case rolloutFailed(Reason)
}

package struct RolloutStarted: Hashable, Sendable, Codable {
  package let id: String
  package let request: DeployRequest
  package let plan: Plan
  package let planDigest: Digest
  /// The rollout that this one repeats or undoes, when it does.
  package let follows: String?

  package init(id: String, request: DeployRequest, plan: Plan, planDigest: Digest, follows: String? = nil) {
    self.id = id
    self.request = request
    self.plan = plan
    self.planDigest = planDigest
    self.follows = follows
  }

  private enum CodingKeys: String, CodingKey {
    case id, request, plan, follows
    case planDigest = "plan_digest"
  }
}

package struct ReleasePrepared: Hashable, Sendable, Codable {
  package let artifact: Digest
}

package struct StepStarted: Hashable, Sendable, Codable {
  /// Index into the plan's steps, from 0.
  package let index: Int
  /// The live slot's figures before it lost all its traffic, for comparisons without a control; only where there are any.
  package let baseline: SlotFigures?
}

package struct SplitDrifted: Hashable, Sendable, Codable {
  package let observed: TrafficSplit
}

package struct Evaluated: Hashable, Sendable, Codable {
  package let verdict: Verdict
  package let findings: [Finding]

  package init(verdict: Verdict, findings: [Finding]) {
    self.verdict = verdict
    self.findings = findings
  }
}

package struct InstanceExited: Hashable, Sendable, Codable {
  /// The newest exit.
  package let exit: ExitReport
  /// How many exits of the candidate's processes there have been, this one included.
  package let count: Int

  package init(exit: ExitReport, count: Int) {
    self.exit = exit
    self.count = count
  }
}

package struct StepPassed: Hashable, Sendable, Codable {
  package let index: Int
  package let findings: [Finding]
  /// True when a person promoted it before the plan would have.
  package let promotedByIntent: Bool

  private enum CodingKeys: String, CodingKey {
    case index, findings
    case promotedByIntent = "promoted_by_intent"
  }
}

package struct BakeEnded: Hashable, Sendable, Codable {
  package enum Cause: String, Codable, Hashable, Sendable {
    case elapsed
    /// The next release needs the other slot.
    case nextRelease = "next_release"
    case promoted
  }
  package let cause: Cause
}

package struct EffectSucceeded: Hashable, Sendable, Codable {
  package let id: String
}

package struct EffectFailed: Hashable, Sendable, Codable {
  package let id: String
  package let error: SlipwayError
  /// Counts from 1.
  package let attempt: Int
  /// When it will be tried again; `nil` when it won't.
  package let retryAt: Timestamp?

  private enum CodingKeys: String, CodingKey {
    case id, error, attempt
    case retryAt = "retry_at"
  }
}

package struct RollbackStarted: Hashable, Sendable, Codable {
  package let reason: Reason
  package let style: RollbackSpec.Style
}

package struct RollbackStep: Hashable, Sendable, Codable {
  /// The candidate's share from now on.
  package let weight: Percentage

  private enum CodingKeys: String, CodingKey {
    case weight = "weight_percent"
  }
}

/// Why a rollout goes back or fails, in a word and in a sentence.
package struct Reason: Hashable, Sendable, Codable {
  /// Kebab-case: `error-rate`, `candidate-not-ready`, `aborted`; safe as a metric label.
  package let code: String
  package let message: String

  package init(_ code: String, _ message: String) {
    self.code = code
    self.message = message
  }
}
