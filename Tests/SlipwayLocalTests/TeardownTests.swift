import SlipwayModel
import Synchronization
import Testing

@testable import SlipwayLocal

@Suite("Teardown")
struct TeardownTests {
  /// Ends on a given signal, or never.
  private final class Subject: TeardownSubject {
    let endsOn: TeardownSignal?
    let calls = Mutex<[String]>([])
    let gone: Mutex<Bool>

    init(endsOn: TeardownSignal?, gone: Bool = false) {
      self.endsOn = endsOn
      self.gone = Mutex(gone)
    }

    func removeFromProxy() async { calls.withLock { $0.append("remove") } }
    func signal(_ signal: TeardownSignal) async {
      calls.withLock { $0.append(signal.rawValue) }
      if signal == endsOn { gone.withLock { $0 = true } }
    }
    func isGone() async -> Bool { gone.withLock { $0 } }
    func drain(within limit: TimeSpan) async -> Int {
      calls.withLock { $0.append("drain \(limit)") }
      return 3
    }
  }

  let spec = ShutdownSpec(drain: .seconds(2), grace: .milliseconds(60))

  @Test("The steps follow from the shutdown settings")
  func steps() {
    #expect(
      spec.teardown == [
        .removeFromProxy, .drain(within: .seconds(2)), .signal(.terminate), .wait(atMost: .milliseconds(60)), .signal(.kill),
        .wait(atMost: .seconds(5)),
      ])
    #expect(spec.longestTeardown == .milliseconds(7060))
  }

  @Test("Traffic goes first, then SIGTERM; a process that ends on it is not killed")
  func graceful() async {
    let subject = Subject(endsOn: .terminate)
    let report = await Teardown.run(spec.teardown, on: subject)
    #expect(subject.calls.withLock { $0 } == ["remove", "drain 2s", "SIGTERM"])
    #expect(report.gone && report.cut == 3 && report.lastSignal == .terminate)
    #expect(report.steps.map(\.step) == Array(spec.teardown.prefix(4)))
  }

  @Test("A process that ignores SIGTERM is killed after the grace time")
  func killed() async {
    let subject = Subject(endsOn: .kill)
    let report = await Teardown.run(spec.teardown, on: subject)
    #expect(subject.calls.withLock { $0 } == ["remove", "drain 2s", "SIGTERM", "SIGKILL"])
    #expect(report.gone && report.lastSignal == .kill)
    #expect(report.steps[3].took >= .milliseconds(60))
  }

  @Test("What outlives SIGKILL is reported and not waited for without end")
  func stuck() async {
    let steps: [TeardownStep] = [.signal(.kill), .wait(atMost: .milliseconds(50))]
    let report = await Teardown.run(steps, on: Subject(endsOn: nil))
    #expect(!report.gone && report.steps.map(\.step) == steps)
  }

  @Test("A cancelled teardown takes no further step")
  func cancelled() async {
    let subject = Subject(endsOn: .terminate)
    let spec = self.spec
    await withTaskGroup(of: Void.self) { group in
      group.cancelAll()
      group.addTask { #expect(await Teardown.run(spec.teardown, on: subject) == TeardownReport()) }
    }
    #expect(subject.calls.withLock { $0 } == [])
  }

  @Test("A process that is gone already still leaves the proxy first")
  func alreadyGone() async {
    let subject = Subject(endsOn: nil, gone: true)
    let report = await Teardown.run(spec.teardown, on: subject)
    #expect(report.gone && subject.calls.withLock { $0 } == ["remove", "drain 2s", "SIGTERM"])
  }
}
