import SlipwaySimulation
import Testing

@Suite("Confidence intervals")
struct IntervalTests {
  private func percent(_ value: Double) -> Double { (value * 1000).rounded() / 10 }

  @Test("Wilson's interval has the values of the literature, and stays within 0 and 1")
  func wilson() {
    // Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I.
    let cases = [(81, 263, 25.5, 36.6), (15, 148, 6.2, 16.0), (0, 20, 0.0, 16.1), (1, 29, 0.6, 17.2), (29, 29, 88.3, 100.0)]
    for (count, total, low, high) in cases {
      let estimate = ShareEstimate(count, of: total)
      #expect([percent(estimate.low), percent(estimate.high)] == [low, high], "\(count) of \(total)")
    }
    #expect(ShareEstimate(0, of: 0) == ShareEstimate(0, of: 0) && ShareEstimate(0, of: 0).high == 1)
  }

  @Test("A quantile's interval lies between the order statistics that the binomial distribution gives")
  func quantiles() throws {
    // For the median of 20 the 6th and the 15th value (Conover, "Practical Nonparametric Statistics", table A3).
    let sample = (1...20).map(Double.init)
    let median = try #require(QuantileEstimate(0.5, ofSorted: sample))
    #expect([median.value, median.low, median.high] == [10, 6, 15])
    let p90 = try #require(QuantileEstimate(0.9, ofSorted: sample))
    #expect(p90.value == 18 && p90.low == 15 && p90.high == nil, "twenty values are too few for an upper bound of p90")
    #expect(QuantileEstimate(0.5, ofSorted: []) == nil)
    #expect(QuantileEstimate(0.5, ofSorted: [7])?.value == 7)
  }

  @Test("A mean comes with 1.96 standard errors and the largest value, and never falls below nothing")
  func means() {
    let estimate = MeanEstimate([1, 2, 3, 4, 10])
    #expect(estimate.mean == 4 && estimate.worst == 10)
    #expect(abs(estimate.high - 7.099) < 0.001 && abs(estimate.low - 0.901) < 0.001)
    #expect(MeanEstimate([0, 0, 9]).low == 0)
    #expect(MeanEstimate([]) == MeanEstimate([0]))
  }
}
