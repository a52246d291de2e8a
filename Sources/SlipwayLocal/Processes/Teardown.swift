import Glibc
import SlipwayModel

/// One step in stopping a replica. The list of steps is data: it can be printed, compared and tested without a process.
package enum TeardownStep: Hashable, Sendable, Codable {
  /// New requests go elsewhere.
  case removeFromProxy
  /// Open requests may go on for so long; what is still open then is the process's to end when it is told to.
  case drain(within: TimeSpan)
  /// To every process of the replica's session.
  case signal(TeardownSignal)
  /// Until nothing of the replica runs any more, at most so long.
  case wait(atMost: TimeSpan)
}

package enum TeardownSignal: String, Hashable, Sendable, Codable {
  case terminate = "SIGTERM"
  case kill = "SIGKILL"

  var number: Int32 {
    switch self {
    case .terminate: SIGTERM
    case .kill: SIGKILL
    }
  }
}

extension ShutdownSpec {
  /// How long the kernel may take to end a process after SIGKILL.
  static let afterKill = TimeSpan.seconds(5)

  /// Remove, drain, SIGTERM, wait, SIGKILL, wait.
  package var teardown: [TeardownStep] {
    [
      .removeFromProxy, .drain(within: drain), .signal(.terminate), .wait(atMost: grace), .signal(.kill), .wait(atMost: Self.afterKill),
    ]
  }

  /// The longest that all steps can take.
  package var longestTeardown: TimeSpan { drain + grace + Self.afterKill }
}

/// What the steps act on.
protocol TeardownSubject: Sendable {
  func removeFromProxy() async
  /// Returns the number of requests that were still open.
  func drain(within limit: TimeSpan) async -> Int
  func signal(_ signal: TeardownSignal) async
  /// Whether nothing of the replica runs any more.
  func isGone() async -> Bool
}

/// What became of a teardown.
struct TeardownReport: Hashable, Sendable {
  struct Step: Hashable, Sendable {
    let step: TeardownStep
    let took: TimeSpan
  }

  var steps: [Step] = []
  /// Requests that were open when the time for draining was over.
  var cut = 0
  /// The strongest signal that was needed.
  var lastSignal: TeardownSignal?
  var gone = false

  var took: TimeSpan { steps.reduce(.zero) { $0 + $1.took } }
}

enum Teardown {
  /// Time between two looks at whether a replica is gone.
  static let interval = Duration.milliseconds(20)

  /// Takes the steps in order and stops at the first after which nothing runs any more; traffic is always removed and drained
  /// first. A cancelled teardown takes no further step: the agent ends, and the next one begins anew.
  static func run(_ steps: [TeardownStep], on subject: some TeardownSubject) async -> TeardownReport {
    var report = TeardownReport()
    for step in steps {
      if Task.isCancelled { break }
      let start = ContinuousClock.now
      switch step {
      case .removeFromProxy: await subject.removeFromProxy()
      case .drain(let limit): report.cut += await subject.drain(within: limit)
      case .signal(let signal):
        await subject.signal(signal)
        report.lastSignal = signal
      case .wait(let limit): report.gone = await waitUntilGone(subject, atMost: limit)
      }
      report.steps.append(TeardownReport.Step(step: step, took: TimeSpan(since: start)))
      if report.gone { break }
    }
    return report
  }

  private static func waitUntilGone(_ subject: some TeardownSubject, atMost limit: TimeSpan) async -> Bool {
    let deadline = ContinuousClock.now + limit.duration
    while true {
      if await subject.isGone() { return true }
      if ContinuousClock.now >= deadline || Task.isCancelled { return false }
      // Only cancellation ends the sleep early, and the loop asks for that.
      try? await Task.sleep(for: interval)
    }
  }
}
