import Testing

@testable import SlipwayCLI

@Suite("Starting again what has ended")
struct BackOffTests {
  @Test("What has run is started again at once, however often it is killed")
  func killed() {
    var backOff = BackOff()
    var now = ContinuousClock.now
    #expect(backOff.next(at: now) == .zero)
    for _ in 0..<5 {
      backOff.started(at: now)
      now += .seconds(2)
      backOff.started(at: now)
      #expect(backOff.next(at: now) == .zero)
    }
  }

  @Test("What does not start, or ends as soon as it has, is started after 1 s, doubling to 30 s, and at once again when it has run")
  func waits() {
    var backOff = BackOff()
    var now = ContinuousClock.now
    var waits: [Duration] = []
    for number in 0..<8 {
      if number.isMultiple(of: 2) { backOff.started(at: now) }
      now += .milliseconds(900)
      let wait = backOff.next(at: now)
      waits.append(wait)
      now += wait
    }
    #expect(waits == [1, 2, 4, 8, 16, 30, 30, 30].map { .seconds($0) })
    backOff.started(at: now)
    #expect(backOff.next(at: now + .seconds(1)) == .zero)
  }
}
