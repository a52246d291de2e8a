import Testing

@testable import SlipwayCLI

@Suite("Starting again what keeps ending")
struct BackOffTests {
  @Test("The first time at once, then after 1 s, doubling to 30 s, and anew after a minute of peace")
  func waits() {
    var backOff = BackOff()
    var now = ContinuousClock.now
    var waits: [Duration] = []
    for _ in 0..<8 {
      let wait = backOff.next(at: now)
      waits.append(wait)
      now += wait + .seconds(2)
    }
    #expect(waits == [0, 1, 2, 4, 8, 16, 30, 30].map { .seconds($0) })
    #expect(backOff.next(at: now + .seconds(60)) == .zero)
  }
}
