/// Everything that can go wrong. Names are a contract: scenarios, seeds of regressions and `--faults` use them.
package enum FaultKind: String, CaseIterable, Hashable, Sendable, Codable {
  // Crashes of the server: see CrashFaults.swift
  case crashBeforeAppend = "crash-before-append"
  case tornWrite = "torn-write"
  case crashAfterAppend = "crash-after-append"
  case crashBeforeEffect = "crash-before-effect"
  case crashAfterEffect = "crash-after-effect"
  case crashAtInstant = "crash-at-instant"
  case staleView = "stale-view"
  case frozenServer = "frozen-server"

  // Another leader: see LeaderFaults.swift
  case secondLeader = "second-leader"
  case frozenLeader = "frozen-leader"

  // The disk of the journal: see DiskFaults.swift
  case diskFull = "disk-full"
  case failedSync = "failed-sync"
  case slowDisk = "slow-disk"
  case flippedBit = "flipped-bit"

  // Effects on their way to the target: see EffectFaults.swift
  case effectLost = "effect-lost"
  case effectUnanswered = "effect-unanswered"
  case effectSlow = "effect-slow"
  case effectHangs = "effect-hangs"
  case effectConflict = "effect-conflict"
  case effectThrottled = "effect-throttled"
  case effectRefused = "effect-refused"

  // Target and router: see TargetFaults.swift
  case targetUnreachable = "target-unreachable"
  case looksCoalesced = "looks-coalesced"
  case looksLag = "looks-lag"
  case routerRestarts = "router-restarts"
  case splitUnknown = "split-unknown"
  case replicasScaled = "replicas-scaled"

  // Processes: see ProcessFaults.swift
  case processExits = "process-exits"
  case processesExit = "processes-exit"
  case exitsBeforeBind = "exits-before-bind"
  case probesFail = "probes-fail"
  case slowStart = "slow-start"
  case ignoresTermination = "ignores-termination"

  // Figures: see MetricFaults.swift
  case metricsDown = "metrics-down"
  case metricsHang = "metrics-hang"
  case metricsEmpty = "metrics-empty"
  case metricsLate = "metrics-late"
  case metricsReset = "metrics-reset"
  case metricsRepeated = "metrics-repeated"
  case metricsMislabelled = "metrics-mislabelled"
  case metricsNotANumber = "metrics-not-a-number"

  // Clocks: see ClockFaults.swift
  case clockJump = "clock-jump"
  case clockDrift = "clock-drift"
  case targetClockStep = "target-clock-step"
  case daylightSaving = "daylight-saving"

  // Receivers of notices: see NotifierFaults.swift
  case notifierDown = "notifier-down"
  case notifierHangs = "notifier-hangs"
  case notifierRefuses = "notifier-refuses"

  // People: see PeopleFaults.swift
  case secondDeploy = "second-deploy"
  case supersedingDeploy = "superseding-deploy"
  case changedFile = "changed-file"
  case intentPause = "intent-pause"
  case intentResume = "intent-resume"
  case intentPromote = "intent-promote"
  case intentAbort = "intent-abort"
  case intentRollback = "intent-rollback"
  case approvalWithdrawn = "approval-withdrawn"
  case frozenBeforeLease = "frozen-before-lease"

  // Gates that ask outside: see GateFaults.swift
  case gateDown = "gate-down"
  case gateHangs = "gate-hangs"
  case gateGarbled = "gate-garbled"
  case gatePending = "gate-pending"
  case gateFails = "gate-fails"
}

extension FaultKind {
  /// Parts of the world that can go wrong.
  package enum Family: String, CaseIterable, Hashable, Sendable {
    case crash
    case leader
    case disk
    case effect
    case target
    case process
    case metrics
    case clock
    case people
    case notifier
    case gate
  }

  /// The part of the world that goes wrong.
  package var family: Family {
    switch self {
    case .crashBeforeAppend, .tornWrite, .crashAfterAppend, .crashBeforeEffect, .crashAfterEffect, .crashAtInstant, .staleView,
      .frozenServer:
      .crash
    case .secondLeader, .frozenLeader: .leader
    case .diskFull, .failedSync, .slowDisk, .flippedBit: .disk
    case .effectLost, .effectUnanswered, .effectSlow, .effectHangs, .effectConflict, .effectThrottled, .effectRefused: .effect
    case .targetUnreachable, .looksCoalesced, .looksLag, .routerRestarts, .splitUnknown, .replicasScaled: .target
    case .processExits, .processesExit, .exitsBeforeBind, .probesFail, .slowStart, .ignoresTermination: .process
    case .metricsDown, .metricsHang, .metricsEmpty, .metricsLate, .metricsReset, .metricsRepeated, .metricsMislabelled,
      .metricsNotANumber:
      .metrics
    case .clockJump, .clockDrift, .targetClockStep, .daylightSaving: .clock
    case .secondDeploy, .supersedingDeploy, .changedFile, .intentPause, .intentResume, .intentPromote, .intentAbort, .intentRollback,
      .approvalWithdrawn, .frozenBeforeLease:
      .people
    case .notifierDown, .notifierHangs, .notifierRefuses: .notifier
    case .gateDown, .gateHangs, .gateGarbled, .gatePending, .gateFails: .gate
    }
  }

  /// Whether it is drawn apart, for worlds that have what it disturbs, so that all others stay what their seeds made before.
  var isDrawnApart: Bool { family == .notifier || family == .gate }

  /// Whether it strikes at a call of the engine; all others strike at an instant.
  package var strikesCalls: Bool {
    switch self {
    case .crashBeforeAppend, .tornWrite, .crashAfterAppend, .crashBeforeEffect, .crashAfterEffect, .diskFull, .failedSync, .slowDisk,
      .effectLost, .effectUnanswered, .effectSlow, .effectHangs, .effectConflict, .effectThrottled, .effectRefused, .frozenBeforeLease,
      .gateDown, .gateHangs, .gateGarbled, .gatePending, .gateFails:
      true
    case .crashAtInstant, .staleView, .frozenServer, .secondLeader, .frozenLeader, .flippedBit, .targetUnreachable, .looksCoalesced,
      .looksLag, .routerRestarts, .splitUnknown, .replicasScaled, .processExits, .processesExit, .exitsBeforeBind, .probesFail, .slowStart,
      .ignoresTermination, .metricsDown, .metricsHang, .metricsEmpty, .metricsLate, .metricsReset, .metricsRepeated,
      .metricsMislabelled, .metricsNotANumber, .clockJump, .clockDrift, .targetClockStep, .daylightSaving, .secondDeploy,
      .supersedingDeploy, .changedFile, .intentPause, .intentResume, .intentPromote, .intentAbort, .intentRollback, .approvalWithdrawn,
      .notifierDown, .notifierHangs, .notifierRefuses:
      false
    }
  }

  /// Whether the world tells the engine what is not so. No rule about outcomes holds then, while those about safety do as far
  /// as the engine can know.
  package var isLie: Bool {
    switch self {
    case .metricsMislabelled, .staleView, .looksLag, .targetClockStep, .daylightSaving: true
    case .crashBeforeAppend, .tornWrite, .crashAfterAppend, .crashBeforeEffect, .crashAfterEffect, .crashAtInstant, .frozenServer,
      .secondLeader, .frozenLeader, .frozenBeforeLease, .diskFull, .failedSync, .slowDisk, .flippedBit, .effectLost, .effectUnanswered,
      .effectSlow,
      .effectHangs, .effectConflict, .effectThrottled, .effectRefused, .targetUnreachable, .looksCoalesced, .routerRestarts,
      .splitUnknown, .replicasScaled, .processExits, .processesExit, .exitsBeforeBind, .probesFail, .slowStart, .ignoresTermination,
      .metricsDown, .metricsHang, .metricsEmpty, .metricsLate, .metricsReset, .metricsRepeated, .metricsNotANumber, .clockJump,
      .clockDrift, .secondDeploy, .supersedingDeploy, .changedFile, .intentPause, .intentResume, .intentPromote, .intentAbort,
      .intentRollback, .approvalWithdrawn, .notifierDown, .notifierHangs, .notifierRefuses, .gateDown, .gateHangs, .gateGarbled,
      .gatePending, .gateFails:
      false
    }
  }
}
