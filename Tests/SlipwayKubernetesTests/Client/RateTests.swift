import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("The rate of calls")
struct RateTests {
  private let start = Timestamp(milliseconds: 1_000_000)

  @Test("A burst is let through, then calls come at the rate, in their order")
  func burst() {
    let budget = RateBudget(RateLimits(rate: 10, burst: 3))
    let waits = (0..<6).map { _ in budget.take(.ordinary, at: start, limit: .seconds(10)) }
    #expect(waits == [.zero, .zero, .zero, .milliseconds(100), .milliseconds(200), .milliseconds(300)])
  }

  @Test("After a pause the burst is there again, and no more than it")
  func pause() {
    let budget = RateBudget(RateLimits(rate: 10, burst: 2))
    for _ in 0..<2 { _ = budget.take(.ordinary, at: start, limit: .seconds(1)) }
    let later = start + .minutes(10)
    let waits = (0..<3).map { _ in budget.take(.ordinary, at: later, limit: .seconds(1)) }
    #expect(waits == [.zero, .zero, .milliseconds(100)])
  }

  @Test("An urgent call does not wait behind a thousand others, and what it takes is missing for them")
  func urgent() {
    let budget = RateBudget(RateLimits(rate: 10, burst: 1))
    for _ in 0..<1000 { _ = budget.take(.ordinary, at: start, limit: .minutes(10)) }
    #expect(budget.take(.urgent, at: start, limit: .seconds(1)) == .zero)
    #expect(budget.take(.ordinary, at: start, limit: .minutes(10)) == .milliseconds(100_100))
  }

  @Test("Many urgent calls keep the rate among themselves")
  func manyUrgent() {
    let budget = RateBudget(RateLimits(rate: 10, burst: 2))
    let waits = (0..<4).map { _ in budget.take(.urgent, at: start, limit: .seconds(1)) }
    #expect(waits == [.zero, .zero, .milliseconds(100), .milliseconds(200)])
  }

  @Test("Urgent calls may have a rate of their own: what all rollouts depend on may fail for all of them at once")
  func urgentRate() {
    let budget = RateBudget(RateLimits(rate: 10, burst: 1, urgentRate: 100, urgentBurst: 3))
    let waits = (0..<5).map { _ in budget.take(.urgent, at: start, limit: .seconds(1)) }
    #expect(waits == [.zero, .zero, .zero, .milliseconds(10), .milliseconds(20)])
    #expect(budget.take(.ordinary, at: start, limit: .seconds(1)) == .milliseconds(500))
  }

  @Test("A call that could not be made in its time takes nothing")
  func tooLate() {
    let budget = RateBudget(RateLimits(rate: 1, burst: 1))
    _ = budget.take(.ordinary, at: start, limit: .zero)
    #expect(budget.take(.ordinary, at: start, limit: .milliseconds(900)) == nil)
    #expect(budget.take(.ordinary, at: start, limit: .seconds(1)) == .seconds(1))
  }

  @Test("Pauses double up to a bound and are spread over their upper half", arguments: [(0.0, 1), (0.999, 2)])
  func doubling(random: Double, factor: Int64) {
    let backOff = BackOff(first: .milliseconds(100), most: .seconds(1), random: { random })
    let pauses = (0..<6).map { backOff.pause(after: $0) }
    #expect(pauses == [50, 100, 200, 400, 500, 500].map { .milliseconds($0 * factor) })
  }

  @Test("What a server asks for is kept, and spread by a tenth of a second")
  func asked() {
    let backOff = BackOff(first: .milliseconds(100), most: .seconds(1), random: { 0.5 })
    #expect(backOff.pause(after: 9, asked: .seconds(7)) == .milliseconds(7050))
  }

  @Test(
    "What is repeated: refusals before anything was done always, failures only when doing it twice does no harm",
    arguments: [
      (429, nil, true, true), (503, 1, true, true), (500, 1, true, true), (500, nil, false, true), (502, nil, false, true),
      (503, nil, false, true), (504, nil, false, true), (501, nil, false, false), (404, nil, false, false), (409, nil, false, false),
    ] as [(Int, Int?, Bool, Bool)])
  func repeated(status: Int, retryAfter: Int?, always: Bool, whenHarmless: Bool) {
    #expect(RetryRule.repeats(status: status, retryAfter: retryAfter, mayBeRepeated: false) == always)
    #expect(RetryRule.repeats(status: status, retryAfter: retryAfter, mayBeRepeated: true) == whenHarmless)
  }
}
