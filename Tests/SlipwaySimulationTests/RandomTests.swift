import SlipwayModel
import SlipwaySimulation
import Testing

@Suite("Randomness of a simulated world")
struct RandomTests {
  @Test("A seed gives these numbers on every machine, and each purpose others")
  func fixed() {
    var traffic = SimulationRandom(seed: 42, purpose: .traffic)
    var errors = SimulationRandom(seed: 42, purpose: .errors)
    #expect((0..<3).map { _ in traffic.next() } == [17_604_071_880_264_941_726, 13_049_929_662_915_288_091, 16_314_220_431_934_199_612])
    #expect((0..<3).map { _ in errors.next() } == [6_737_958_444_327_652_061, 10_624_693_973_814_546_850, 2_506_158_570_605_921_389])
  }

  @Test("Poisson numbers have the mean and the variance of their parameter", arguments: [0.5, 4, 29, 31, 400])
  func poisson(mean: Double) {
    var random = SimulationRandom(seed: 1, purpose: .traffic)
    expect(mean: mean, variance: mean) { Double(random.poisson(mean)) }
  }

  @Test("Binomial numbers have the mean and the variance of their parameters", arguments: [(20, 0.3), (200, 0.01), (500, 0.4), (90, 0.97)])
  func binomial(count: Int, probability: Double) {
    var random = SimulationRandom(seed: 1, purpose: .errors)
    let mean = Double(count) * probability
    expect(mean: mean, variance: mean * (1 - probability)) { Double(random.binomial(count, probability)) }
  }

  private func expect(mean: Double, variance: Double, _ draw: () -> Double) {
    let draws = (0..<20_000).map { _ in draw() }
    let found = draws.reduce(0, +) / 20_000
    let spread = draws.reduce(0) { $0 + ($1 - found) * ($1 - found) } / 20_000
    #expect(abs(found - mean) < 4 * (variance / 20_000).squareRoot() + 0.01)
    #expect(abs(spread - variance) < 0.05 * variance + 0.01)
  }
}
