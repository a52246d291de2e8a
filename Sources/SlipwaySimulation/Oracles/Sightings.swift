import SlipwayEngine
import SlipwayModel

/// Something that has to happen at least once in a campaign, or else the campaign has tested too little.
package enum Sighting: Int, CaseIterable, Hashable, Sendable {
  // How rollouts end
  case succeeded, rolledBack, failed, wentBackByRollout, firstRelease, retriedRollout
  // Where they turned back
  case backFromPending, backFromBuilding, backFromDeploying, backFromValidating
  case backFromFirstScaling, backFromFirstRouting, backFromFirstHolding
  case backFromLaterScaling, backFromLaterRouting, backFromLaterHolding, backFromBaking
  // By which strategy
  case backFromBlueGreen, backFromCanary, backFromRolling, backFromRollback
  // Why
  case backForGuardrail, backForErrorRate, backForLatency, backForHealth, backForCrashLoop, backForNotReady, backForTarget
  case backForSplit, backForEvidence, backForEffect, backForBuild, backForAbort, backByHand, backForNextRelease
  // How
  case backAtOnce, backGradually, descended, descendedToTheEnd, liveStartedFirst
  // Verdicts
  case comparisonPass, comparisonDoubt, comparisonFail, backForComparison, safeEarly
  case intervalPass, intervalFail, intervalLimit, intervalUnjudged, backForScore
  case criterionPass, criterionFail, criterionInsufficient, criterionBroken
  case triggerPass, triggerFail, triggerInsufficient, triggerBroken
  case guardrailPass, guardrailFail, guardrailInsufficient, guardrailBroken
  case readinessPass, readinessInsufficient, readinessBroken
  case readingPass, readingFail, readingNotANumber, readingBroken
  // Both sides of each bound
  case heldAsPlanned, heldLonger, bakedAsPlanned, bakedLonger, effectRetried, effectDoneAfterRetry, effectGivenUp
  case liveShrunk, liveGoneByRolling, driftWhileHolding, driftWhileBaking
  case driftBefore, driftWhileRouting, driftWhileEnding, driftOnTheWayBack, driftOnceRestored
  // People
  case paused, resumed, promotedByHand, promotedFullyByHand, bakeEndedByHand, bakeEndedByNextRelease
  case undecided, intentRefused, otherPlanRefused, deployRefused
  case withdrawnByPause, withdrawnByAbort, withdrawnAfterCrash
  // Taken up again after the server was gone
  case resumedPending, resumedBuilding, resumedDeploying, resumedValidating, resumedScaling, resumedRouting, resumedHolding
  case resumedBaking, resumedEnding, resumedGoingBack, resumedRestored, resumedPaused
  // Old leaders
  case oldAppendRefused, oldEffectRefused, oldEffectBeforeFence, lateEffect, lateEffectRefused, overtaken
  case journalRefused, lateLeaseRefused
  // Clocks
  case clocksSetWhileHolding, clocksSetWhileBaking
  // Notices
  case toldAtOnce, toldAfterFault, toldAfterCrash, noticeGivenUp
  // Gates
  case deployGatePassed, deployGateFailed, deployGatePending, deployGateUnanswered
  case promotionGatePassed, promotionGateFailed, promotionGatePending, promotionGateUnanswered
  case gatePassedLater, backForGate, backForGateTimeout, resumedAtGate, pausedAtGate, promotedAtGate, promotedOnceGatesPassed

  /// So rare that a campaign of the size that CI runs may miss it.
  var isRare: Bool {
    switch self {
    case .driftWhileEnding, .driftOnceRestored, .overtaken, .lateEffect, .lateEffectRefused, .backFromRollback: true
    case _: false
    }
  }

  /// Whether it takes a fault.
  var needsFaults: Bool {
    switch self {
    case .failed, .backForTarget, .backForSplit, .backForEffect, .criterionBroken, .triggerBroken, .guardrailBroken, .readinessBroken,
      .effectRetried, .effectDoneAfterRetry, .effectGivenUp, .driftBefore, .driftWhileRouting, .driftWhileHolding, .driftWhileBaking,
      .driftWhileEnding, .driftOnTheWayBack, .driftOnceRestored, .resumedPending, .resumedBuilding, .resumedDeploying,
      .resumedValidating, .resumedScaling, .resumedRouting, .resumedHolding, .resumedBaking, .resumedEnding, .resumedGoingBack,
      .resumedRestored, .resumedPaused, .oldAppendRefused, .oldEffectRefused, .oldEffectBeforeFence, .lateEffect, .lateEffectRefused,
      .overtaken, .journalRefused, .lateLeaseRefused, .clocksSetWhileHolding, .clocksSetWhileBaking, .readingNotANumber, .readingBroken,
      .withdrawnByPause, .withdrawnAfterCrash, .toldAfterFault, .toldAfterCrash, .noticeGivenUp, .resumedAtGate:
      true
    case _: false
    }
  }

  /// The name in words: `resumed going back`.
  package var name: String {
    var words = ""
    for letter in "\(self)" {
      if letter.isUppercase { words += " " + letter.lowercased() } else { words.append(letter) }
    }
    return words
  }
}

/// Which sightings there were, and how often.
package struct Sightings: Hashable, Sendable {
  private var counts = [Int32](repeating: 0, count: Sighting.allCases.count)

  package init() {}

  /// How often it was seen.
  package subscript(sighting: Sighting) -> Int { Int(counts[sighting.rawValue]) }

  package mutating func see(_ sighting: Sighting) { counts[sighting.rawValue] += 1 }

  package mutating func add(_ other: Sightings) {
    for index in counts.indices { counts[index] += other.counts[index] }
  }
}

extension Sightings {
  mutating func seeStart(_ start: RolloutStarted) {
    if start.plan.live == nil { see(.firstRelease) }
    if start.follows != nil, start.plan.purpose == .deploy { see(.retriedRollout) }
  }

  mutating func see(_ findings: [Finding], of plan: Plan) {
    for finding in findings {
      switch (finding.subject, finding.verdict) {
      case ("readiness", .pass): see(.readinessPass)
      case ("readiness", .broken): see(.readinessBroken)
      case ("readiness", _): see(.readinessInsufficient)
      case ("guardrail", .pass): see(.guardrailPass)
      case ("guardrail", .fail): see(.guardrailFail)
      case ("guardrail", .insufficient): see(.guardrailInsufficient)
      case ("guardrail", .broken): see(.guardrailBroken)
      case (let subject, let verdict) where subject.hasPrefix(OutsideReadings.name):
        switch verdict {
        case .pass: see(.readingPass)
        case .fail: see(.readingFail)
        case .insufficient: if finding.sentence.hasSuffix(OutsideReadings.notANumber) { see(.readingNotANumber) }
        case .broken: see(.readingBroken)
        }
      case (let subject, let verdict):
        let isTrigger = subject.hasPrefix("rollback if ")
        switch verdict {
        case .pass: see(isTrigger ? .triggerPass : .criterionPass)
        case .fail: see(isTrigger ? .triggerFail : .criterionFail)
        case .insufficient: see(isTrigger ? .triggerInsufficient : .criterionInsufficient)
        case .broken: see(isTrigger ? .triggerBroken : .criterionBroken)
        }
      }
    }
  }

  mutating func seeWayBack(_ start: RollbackStarted, _ record: RolloutRecord) {
    see(start.style == .gradual ? .backGradually : .backAtOnce)
    let isFirst = record.step == 0
    switch record.place {
    case .pending: see(.backFromPending)
    case .building: see(.backFromBuilding)
    case .deploying: see(.backFromDeploying)
    case .validating: see(.backFromValidating)
    case .scaling: see(isFirst ? .backFromFirstScaling : .backFromLaterScaling)
    case .routing: see(isFirst ? .backFromFirstRouting : .backFromLaterRouting)
    case .holding: see(isFirst ? .backFromFirstHolding : .backFromLaterHolding)
    case .baking: see(.backFromBaking)
    case .ending, .goingBack, .restored, .over: break
    }
    switch record.plan.strategy {
    case "blue_green": see(.backFromBlueGreen)
    case "canary": see(.backFromCanary)
    case "rolling": see(.backFromRolling)
    case _: see(.backFromRollback)
    }
    see(Self.cause(of: start.reason))
  }

  private static func cause(of reason: Reason) -> Sighting {
    switch reason.code {
    case "guardrail": .backForGuardrail
    case "error-rate": .backForErrorRate
    case "latency": .backForLatency
    case "worse-than-stable", "anomaly": .backForComparison
    case "score": .backForScore
    case "health-checks": .backForHealth
    case "crash-loop": .backForCrashLoop
    case "candidate-not-ready": .backForNotReady
    case "target-unreachable": .backForTarget
    case "split-not-in-force": .backForSplit
    case "no-evidence": .backForEvidence
    case "build-failed", "build-timeout": .backForBuild
    case "aborted": reason.message.contains("superseded by") ? .backForNextRelease : .backForAbort
    case "rolled-back-by-hand": .backByHand
    case "gate-failed": .backForGate
    case "gate-timeout": .backForGateTimeout
    case _: .backForEffect
    }
  }

  /// A server took up a rollout that was under way.
  mutating func seeResumed(_ record: RolloutRecord) {
    if record.pausedSince != nil { see(.resumedPaused) }
    if record.isAsking { see(.resumedAtGate) }
    switch record.place {
    case .pending: see(.resumedPending)
    case .building: see(.resumedBuilding)
    case .deploying: see(.resumedDeploying)
    case .validating: see(.resumedValidating)
    case .scaling: see(.resumedScaling)
    case .routing: see(.resumedRouting)
    case .holding: see(.resumedHolding)
    case .baking: see(.resumedBaking)
    case .ending: see(.resumedEnding)
    case .goingBack: see(.resumedGoingBack)
    case .restored: see(.resumedRestored)
    case .over: break
    }
  }
}
