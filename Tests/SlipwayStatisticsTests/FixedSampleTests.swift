import Foundation
import SlipwayStatistics
import Testing

@Suite("Tests of one look, for reports")
struct FixedSampleTests {
  @Test("Every reference case of Mann and Whitney's test, approximate and exact, with ties")
  func mannWhitney() throws {
    #expect(Vectors.all.mannWhitney.count == 8)
    for c in Vectors.all.mannWhitney {
      let cases: [(Vectors.MannWhitneyCase.Result?, MannWhitney.Alternative, MannWhitney.Method)] = [
        (c.asymptoticTwoSided, .twoSided, .normal), (c.asymptoticGreater, .greater, .normal), (c.asymptoticLess, .less, .normal),
        (c.exactTwoSided, .twoSided, .exact), (c.exactGreater, .greater, .exact), (c.exactLess, .less, .exact),
      ]
      for (expected, alternative, method) in cases {
        guard let expected else { continue }
        let result = try #require(MannWhitney.test(c.x, c.y, alternative: alternative, method: method))
        #expect(result.u == expected.U1)
        #expect(near(result.pValue, expected.p), "\(c.x) \(alternative)")
        if let sigma = c.sigma { #expect(near(result.deviation, sigma)) }
      }
    }
  }

  @Test("The worked example of Mann and Whitney's test")
  func mannWhitneyExample() throws {
    let result = try #require(MannWhitney.test([1, 2, 3, 4, 5], [2, 3, 4, 5, 6], alternative: .twoSided, method: .normal))
    #expect(result.u == 8)
    #expect(near(result.deviation, 4.7288, 5e-5) && near(result.pValue, 0.3976, 5e-5))
  }

  @Test("Small samples without ties are counted out, others approximated")
  func automatic() throws {
    let small = ([1.0, 2, 3, 4, 5, 6, 7, 8], (0..<9).map { Double($0) + 2.5 })
    let large = (small.0 + [9.25], small.1)
    let tied = (small.0 + [], Array(small.1.dropLast()) + [8.0])
    func values(_ samples: ([Double], [Double]), _ method: MannWhitney.Method) throws -> Double {
      try #require(MannWhitney.test(samples.0, samples.1, alternative: .less, method: method)).pValue
    }
    #expect(try values(small, .automatic) == values(small, .exact))
    #expect(try values(small, .exact) != values(small, .normal))
    #expect(try values(large, .automatic) == values(large, .normal))
    #expect(try values(tied, .automatic) == values(tied, .normal))
    #expect(MannWhitney.test([], [1], alternative: .less) == nil)
    #expect(MannWhitney.test([.nan], [1], alternative: .less) == nil)
    #expect(MannWhitney.Alternative.allCases.allSatisfy { MannWhitney.test([3, 3], [3], alternative: $0)?.pValue == 1 })
  }

  @Test("Two proportions: 30 of 1000 against 10 of 1000")
  func proportions() throws {
    let result = try #require(FixedSample.twoProportions(30, of: 1000, against: 10, of: 1000))
    #expect(near(result.z, 3.1943828249996997) && near(result.pValue, 0.0007006507904801069, 1e-12))
    #expect(FixedSample.twoProportions(0, of: 10, against: 0, of: 20)?.pValue == 0.5)
    #expect(FixedSample.twoProportions(0, of: 0, against: 0, of: 20) == nil)
    for (events, n, others, m) in [(11, 10, 0, 20), (-1, 10, 0, 20), (0, 10, -1, 20), (0, 10, 21, 20), (0, 10, 0, 0)] {
      #expect(FixedSample.twoProportions(events, of: n, against: others, of: m) == nil)
    }
  }

  @Test("Two Poisson rates, by the binomial of their sum")
  func rates() throws {
    #expect(near(try #require(FixedSample.poissonRates(5, exposure: 1, against: 0, otherExposure: 1)), 0.03125))
    #expect(near(try #require(FixedSample.poissonRates(12, exposure: 3, against: 8, otherExposure: 7)), 0.0051381615351214025))
    #expect(near(try #require(FixedSample.poissonRates(5, exposure: 0.05, against: 0, otherExposure: 0.05)), 0.03125))
    #expect(FixedSample.poissonRates(0, exposure: 1, against: 5, otherExposure: 1) == 1)
    for (events, exposure, others, other) in [(1, 0.0, 5, 1.0), (1, 1, 5, 0), (-1, 1, 5, 1), (1, 1, -1, 1)] {
      #expect(FixedSample.poissonRates(events, exposure: exposure, against: others, otherExposure: other) == nil)
    }
  }

  @Test("Every reference case of Wilson's interval, and one at 99 %")
  func wilson() throws {
    for c in Vectors.all.wilson {
      let interval = try #require(FixedSample.wilson(c.k, of: c.n))
      #expect(near([interval.lowerBound, interval.upperBound], c.ci), "\(c)")
    }
    #expect(Vectors.all.wilson.count == 3)
    let wide = try #require(FixedSample.wilson(13, of: 2000, level: 0.99))
    #expect(near([wide.lowerBound, wide.upperBound], [0.0032312356756767162, 0.013032259320996812]))
    // At 5 % z is 0.0627067779, the normal quantile of 0.525.
    let (narrow, square) = (try #require(FixedSample.wilson(13, of: 2000, level: 0.05)), 0.06270677794321385 * 0.06270677794321385)
    let half = (square * (13 * 1987.0 / 2000 + square / 4)).squareRoot()
    let ends: [Double] = [(13 + square / 2 - half) / (2000 + square), (13 + square / 2 + half) / (2000 + square)]
    #expect(near([narrow.lowerBound, narrow.upperBound], ends))
    #expect(FixedSample.wilson(0, of: 0) == nil)
    #expect(FixedSample.wilson(-1, of: 10) == nil)
    #expect(FixedSample.wilson(1, of: 10, level: 0) == nil)
    // (n + z²/2 + z √(z²/4)) / (n + z²) is 1, and rounds to more for every other n.
    #expect((1...100).allSatisfy { FixedSample.wilson($0, of: $0)?.upperBound ?? 2 <= 1 })
  }

  @Test("Groups of one are groups")
  func single() {
    #expect(near(FixedSample.twoProportions(1, of: 1, against: 0, of: 1)?.z ?? 0, 2.0.squareRoot()))
    #expect(FixedSample.wilson(0, of: 1)?.lowerBound == 0)
    #expect(FixedSample.wilson(0, of: 1, level: 1) == nil)
    #expect(MannWhitney.test([1], [2], alternative: .less)?.pValue == 0.5)
    #expect(MannWhitney.test([1], [2], alternative: .greater)?.pValue == 1)
    #expect(UniformBand(alpha: 0.05).excess([0, 1], over: [1, 0]) == -1)
  }
}
