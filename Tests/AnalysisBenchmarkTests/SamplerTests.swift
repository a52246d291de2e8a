import SlipwaySimulation
import Testing

@testable import AnalysisBenchmark

@Suite("What the worlds of the analysis draw from")
struct SamplerTests {
  /// Mean, variance and third central moment of many draws.
  private func moments(_ draw: () -> Double) -> (mean: Double, variance: Double, third: Double) {
    let values = (0..<200_000).map { _ in draw() }
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    let third = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) * ($1 - mean) } / Double(values.count)
    return (mean, variance, third)
  }

  @Test("Arrivals have the mean, the variance and the long tail of Poisson's distribution", arguments: [0.3, 9.9, 10.1, 250])
  func poisson(mean: Double) {
    var random = SimulationRandom(seed: 1, purpose: .traffic)
    let found = moments { Double(random.exactPoisson(mean)) }
    #expect(abs(found.mean - mean) < 0.012 * mean)
    #expect(abs(found.variance - mean) < 0.02 * mean)
    #expect(abs(found.third - mean) < 0.03 * mean + 0.06 * mean * mean.squareRoot())
  }

  @Test(
    "Failures have the mean, the variance and the tail of the binomial distribution",
    arguments: [(4000, 0.001), (4000, 0.01), (40, 0.3), (100, 0.9), (7, 0.5)])
  func binomial(count: Int, probability: Double) {
    var random = SimulationRandom(seed: 2, purpose: .errors)
    let found = moments { Double(random.exactBinomial(count, probability)) }
    let mean = Double(count) * probability
    let variance = mean * (1 - probability)
    #expect(abs(found.mean - mean) < 0.012 * mean)
    #expect(abs(found.variance - variance) < 0.02 * variance)
    #expect(abs(found.third - variance * (1 - 2 * probability)) < 0.03 * variance + 0.06 * variance * variance.squareRoot())
  }

  @Test("Factors on errors have mean 1 and the variation asked for")
  func gamma() {
    var random = SimulationRandom(seed: 3, purpose: .faults)
    let found = moments { random.gammaFactor(variation: 0.5) }
    #expect(abs(found.mean - 1) < 0.01)
    #expect(abs(found.variance - 0.25) < 0.01)
    #expect(random.gammaFactor(variation: 0) == 1)
  }

  @Test("Requests spread over cells add up and keep to the shares", arguments: [3, 1000])
  func spread(count: Int) {
    var random = SimulationRandom(seed: 4, purpose: .latency)
    let shares = [0.1, 0.2, 0, 0.7]
    var sums = [0, 0, 0, 0]
    let rounds = 60_000 / count
    for _ in 0..<rounds {
      var cells = [0, 0, 0, 0]
      random.spread(count, over: shares, into: &cells)
      #expect(cells.reduce(0, +) == count)
      for index in cells.indices { sums[index] += cells[index] }
    }
    for index in shares.indices { #expect(abs(Double(sums[index]) / Double(rounds * count) - shares[index]) < 0.01) }
  }
}
