import NIOCore
import SlipwayModel
import Testing

@testable import SlipwayDemo

@Suite("The schedule of a load")
struct ScheduleTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

  private func plan(_ change: (inout LoadPlan) -> Void) -> LoadPlan {
    var plan = LoadPlan(port: 1)
    plan.duration = .seconds(1)
    change(&plan)
    return plan
  }

  @Test("At four a second, requests are due every 250 ms, however late they are asked for")
  func openLoop() {
    let schedule = Schedule(plan { $0.pace = .perSecond(4) }, started: start)
    let late = start + .milliseconds(900)
    let due = (0..<6).map { _ in schedule.take(at: late)?.due }
    #expect(due == [start, start + .milliseconds(250), start + .milliseconds(500), start + .milliseconds(750), nil, nil])
  }

  @Test("Without a pace, a request is due when it is asked for")
  func closedLoop() {
    let schedule = Schedule(plan { $0.pace = .unlimited }, started: start)
    let now = start + .milliseconds(70)
    #expect(schedule.take(at: now) == Schedule.Slot(index: 0, due: now))
    #expect(schedule.take(at: now) == Schedule.Slot(index: 1, due: now))
  }

  @Test("Nothing is handed out past the end, past the greatest number, or after a stop")
  func bounds() {
    let timed = Schedule(plan { $0.pace = .unlimited }, started: start)
    #expect(timed.take(at: start + .seconds(1)) == nil)
    let counted = Schedule(plan { $0.maximumRequests = 2 }, started: start)
    #expect([counted.take(at: start), counted.take(at: start), counted.take(at: start)].map { $0 == nil } == [false, false, true])
    #expect(counted.hasEnded(at: start))
    let stopped = Schedule(plan { _ in }, started: start)
    stopped.stop()
    #expect(stopped.take(at: start) == nil)
    #expect(stopped.isStopped(at: start))
  }

  @Test("Requests take turns in proportion to their weights")
  func turns() {
    #expect(RequestWorker.order(weights: [1, 3]) == [1, 0, 1, 1])
    #expect(RequestWorker.order(weights: [5]) == [0, 0, 0, 0, 0])
  }

  @Test("The share of kept connections is exact and spread out", arguments: [(0.0, 0), (0.25, 4), (0.75, 12), (1.0, 16)])
  func keptShare(share: Double, kept: Int) {
    let flags = (0..<16).map { Crew.isKeptAlive($0, share: share) }
    #expect(flags.filter(\.self).count == kept)
    if kept == 4 { #expect(flags[0..<4].filter(\.self).count == 1) }
  }

  @Test(
    "A plan that can't be carried out is refused",
    arguments: [
      { (plan: inout LoadPlan) in plan.port = 0 }, { $0.threads = 0 }, { $0.connections = -1 }, { $0.keepAliveShare = 1.5 },
      { $0.requests = [] }, { $0.pace = .perSecond(0) },
    ] as [@Sendable (inout LoadPlan) -> Void])
  func refused(change: @Sendable (inout LoadPlan) -> Void) {
    var plan = LoadPlan(port: 1)
    change(&plan)
    let error = #expect(throws: SlipwayError.self) { try plan.check() }
    #expect(error?.code == .loadPlan)
  }
}
