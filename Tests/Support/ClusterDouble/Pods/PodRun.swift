import SlipwayModel

/// Where a pod is on its node. All containers of a pod share one fate.
struct PodRun: Sendable {
  enum Stage: Hashable, Sendable {
    /// The scheduler looks at it at this time.
    case unscheduled(Timestamp)
    case pulling(until: Timestamp)
    /// The pull failed so many times; `isBackingOff` once the kubelet waits for the next try.
    case imageMissing(until: Timestamp, failures: Int, isBackingOff: Bool)
    case starting(until: Timestamp)
    case running(since: Timestamp)
    case crashed(restartAt: Timestamp, pause: TimeSpan)
    /// After SIGTERM.
    case stopping(until: Timestamp, since: Timestamp)
    /// Ended for good, with the pod's restart policy `Never` or `OnFailure`.
    case ended
    case gone
  }

  /// How a container ended.
  struct Exit: Hashable, Sendable {
    let code: Int
    let reason: String
    let startedAt: Timestamp
    let finishedAt: Timestamp
  }

  let uid: String
  var stage: Stage
  var node: String?
  var address: String?
  var restarts = 0
  var lastExit: Exit?
  /// The pause before the next restart; `nil` when the next restart is at once.
  var nextPause: TimeSpan?
  var isReady = false
  var readySince: Timestamp?
  var readyAt: Timestamp?
  var crashAt: Timestamp?
  /// When the failing readiness probe is told of again.
  var complainAt: Timestamp?
  var failedScheduling = false
  /// How the test ended the program, for the next crash.
  var killedWith: (code: Int, reason: String)?
  /// What the test says about readiness; `nil` for nothing.
  var forcedReadiness: Bool?

  /// Whether a request that reaches the pod is answered.
  var serves: Bool {
    switch stage {
    case .running, .stopping: true
    case .unscheduled, .pulling, .imageMissing, .starting, .crashed, .ended, .gone: false
    }
  }

  /// When the pod has to be looked at again.
  var next: Timestamp? {
    switch stage {
    case .unscheduled(let at), .pulling(let at), .starting(let at): at
    case .imageMissing(let until, _, _): until
    case .crashed(let at, _): at
    case .stopping(let until, _): until
    case .running: [isReady ? nil : readyAt, crashAt, complainAt].compactMap { $0 }.min()
    case .ended, .gone: nil
    }
  }
}
