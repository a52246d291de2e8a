import Foundation
import Testing

@testable import AnalysisBenchmark

@Suite("What the analysis reports")
struct EstimateTests {
  @Test(
    "The interval for a share is Wilson's", arguments: [(0, 0.0, 0.001917047281252934), (13, 0.0038025964940741515, 0.011089529172522494)])
  func wilson(count: Int, low: Double, high: Double) {
    let interval = Estimate.wilson(count, of: 2000)
    #expect(abs(interval.lowerBound - low) < 1e-12)
    #expect(abs(interval.upperBound - high) < 1e-12)
  }

  @Test("Quantiles lie between the values around them")
  func quantiles() {
    #expect(Estimate.quantile(0.5, of: [30, 10, 20, 40]) == 25)
    #expect(Estimate.quantile(0.9, of: [10]) == 10)
    #expect(Estimate.quantile(0.5, of: []) == nil)
    #expect(Estimate.medianInterval([1, 2, 3]) == 1...3)
  }

  @Test("The least sample that a test needs follows from the divergence")
  func bound() {
    #expect(abs(-log(0.01) / Summary.divergence(0.006, 0.001) - 799.0800042946446) < 1e-9)
    #expect(abs(-log(0.01) / Summary.divergence(1, 0.001) - 0.6666666666666667) < 1e-9)
  }

  @Test("A tally keeps sums, shares and times apart")
  func tally() {
    var tally = Tally()
    tally.add(Outcome(decision: .rollBack, time: 20, hurt: 4, hurtAtMeanErrors: 4, canaryRequests: 100))
    tally.add(Outcome(decision: .promote, time: 300, hurt: 8, hurtAtMeanErrors: 7, canaryRequests: 900, timeToHalf: 80))
    tally.add(Outcome(decision: .undecided, time: 600, hurt: 0, hurtAtMeanErrors: 0, canaryRequests: 900))
    #expect(tally.meanHurt == 4)
    #expect(abs(tally.hurtError - (16.0 / 3).squareRoot()) < 1e-12)
    #expect(tally.medianTime == 20)
    #expect(abs(tally.undecidedShare - 1.0 / 3) < 1e-12)
    #expect(tally.share(by: 20) == tally.rollbackShare)
    #expect(tally.share(by: 19) == 0)
    #expect(tally.hurt(comparableWith: "flagger60") < tally.hurt(comparableWith: "seed"))
  }

  @Test(
    "Names are chosen with asterisks and commas",
    arguments: [("err*/R50*", true), ("*", true), ("lat*,err+1pp/*", true), ("err", false), ("*R500*", false)])
  func patterns(pattern: String, matches: Bool) {
    #expect(Pattern.matches("err+1pp/R50_p1%", pattern) == matches)
  }

  @Test("A figure far from the reference's is found, one within chance is not")
  func agreement() throws {
    let file = """
      {"runs": 2000, "rows": [{"scenario": "a", "policy": "seed", "rollback_percent": 50, "median_seconds": 130, "hurt": 10,
       "hurt_rounding": 0.5}]}
      """
    let known = try #require(try ReferenceFigures(Data(file.utf8))["a", "seed"])
    func tally(share: Int, time: Double, hurt: Double) -> Tally {
      var tally = Tally()
      for run in 0..<100 {
        let decision: Decision = run < share ? .rollBack : .promote
        tally.add(
          Outcome(decision: decision, time: time, hurt: hurt + Double(run % 2), hurtAtMeanErrors: 0, canaryRequests: 0))
      }
      return tally
    }
    #expect(known.disagreements(with: tally(share: 52, time: 130, hurt: 9.5), runs: 2000) == [])
    #expect(known.disagreements(with: tally(share: 90, time: 200, hurt: 20), runs: 2000) == ["rollbacks", "hurt", "time"])
  }
}
