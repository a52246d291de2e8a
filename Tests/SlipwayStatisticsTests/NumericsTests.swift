import Foundation
import SlipwayStatistics
import Testing

@Suite("Numbers")
struct NumericsTests {
  @Test("Sums of exponentials neither overflow nor vanish")
  func logarithms() {
    #expect(near(logAddExp(log(3), log(5)), log(8), 1e-15))
    #expect(logAddExp(4000, -4000) == 4000)
    #expect(logAddExp(-.infinity, 1) == 1)
    #expect(logAddExp(-.infinity, -.infinity) == -.infinity)
    #expect(near(logSumExp([log(1), log(2), log(3), -.infinity]), log(6), 1e-15))
    #expect(logSumExp([]) == -.infinity)
    #expect(near(logSumExp([5000, 5000]), 5000 + log(2), 1e-15))
  }

  @Test("A compensated sum keeps what a plain one loses")
  func neumaier() {
    var sum = NeumaierSum()
    for term in [1, 1e100, 1, -1e100] { sum.add(term) }
    #expect(sum.value == 2)
  }

  @Test(
    "The normal quantile agrees with published values",
    arguments: [
      (0.001, -3.090232306167813), (0.025, -1.9599639845400545), (0.5, 0), (0.975, 1.959963984540054), (0.99, 2.3263478740408408),
      (1e-10, -6.361340902404056), (1e-300, -37.0470962993612),
    ])
  func quantiles(p: Double, x: Double) {
    #expect(near(NormalDistribution.quantile(p), x, 1e-13))
  }

  @Test("The normal quantile inverts the distribution")
  func inverse() {
    for step in 1..<400 {
      let p = Double(step) / 400
      #expect(near(NormalDistribution.cumulative(NormalDistribution.quantile(p)), p, 1e-14))
    }
    #expect(NormalDistribution.quantile(0.5) == 0)
    #expect(NormalDistribution.quantile(0) == -.infinity)
    #expect(NormalDistribution.quantile(1) == .infinity)
    #expect(near(NormalDistribution.upperTail(6), 9.865876450377018e-10, 1e-20))
    #expect(near(NormalDistribution.logCumulative(-40), -804.6084420137539, 1e-12))
    #expect(near(NormalDistribution.logCumulative(-31), -484.8539636271794, 1e-12))
    #expect(near(NormalDistribution.logCumulative(-29), -424.78741990973026, 1e-12))
    #expect(near(NormalDistribution.cumulative(1.959963984540054), 0.975, 1e-15))
    #expect(near(NormalDistribution.density(1), 0.24197072451914337, 1e-15))
  }

  @Test("The logarithm of the gamma function is exact to the last digits where its series begins")
  func gamma() {
    #expect(abs(logGamma(10) - log(362_880)) < 5e-14)
    #expect(near(logGamma(10), 12.8018, 5e-6))
    #expect(abs(logGamma(10.5) - 13.940625219403763) < 5e-14)
    #expect(abs(logGamma(0.5) - 0.5 * log(.pi)) < 1e-13)
  }
}
