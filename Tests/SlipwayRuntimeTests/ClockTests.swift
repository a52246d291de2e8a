import SlipwayModel
import SlipwayRuntime
import Testing

@Suite("Clock")
struct ClockTests {
  @Test("Time goes on from the newest entry of the journal when the machine's clock was set back")
  func setBack() async throws {
    let future = SystemClock().now() + .hours(10)
    let clock = SystemClock(notBefore: future)
    let first = clock.now()
    #expect(first >= future && first < future + .seconds(5))
    try await clock.sleep(for: .milliseconds(20))
    #expect(clock.now() >= first + .milliseconds(15))
  }

  @Test("A clock that is ahead of the journal is believed")
  func ahead() {
    let now = SystemClock().now()
    #expect(SystemClock(notBefore: now - .hours(1)).now() >= now)
  }

  @Test("Names of rollouts are sortable by time, short, and differ")
  func names() {
    let ids = SystemIDs()
    let early = ids.rolloutID(at: Timestamp(milliseconds: 1_763_716_447_000))
    let late = ids.rolloutID(at: Timestamp(milliseconds: 1_763_716_448_000))
    #expect(early < late)
    #expect(early.hasPrefix("20251121-091407-") && early.utf8.count <= 40)
    #expect(Set((0..<20).map { _ in ids.rolloutID(at: Timestamp(milliseconds: 0)) }).count > 15)
  }
}
