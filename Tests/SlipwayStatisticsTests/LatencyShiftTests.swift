import Foundation
import SlipwayStatistics
import Testing

@Suite("Response times of the candidate against the stable slot's")
struct LatencyShiftTests {
  @Test("Scores, clipped at one in a thousand")
  func scores() {
    let scores = LatencyShift.scores(ofReference: [1, 2, 1])
    #expect(near(scores, [-0.8416212335729142, 0, 0.8416212335729143], 1e-12))
    #expect(near(LatencyShift.scores(ofReference: [0, 1_000_000, 0]), [-3.090232306167813, 0, 3.090232306167813], 1e-12))
    #expect(LatencyShift.scores(ofReference: [0, 0]) == [])
  }

  @Test("The ratio of two normal densities: moved by 2, at half a deviation")
  func ratio() {
    #expect(LatencyShift.logRatio(delta: 2, score: 0.5) == -1)
    // The density at −1.5 over the one at 0.5.
    #expect(near(exp(-1.5 * 1.5 / 2 + 0.5 * 0.5 / 2), exp(-1)))
  }

  @Test("The worked example of a shift by one standard deviation")
  func example() {
    let logE = LatencyShift.logEValue(candidate: [0, 0, 2], stable: [2, 4, 0], scores: [-1, 0, 1], delta: 1, share: 0.25)
    let byHand =
      2 * 0.5 - 2 * log(1 + 0.25 * (exp(0.5) - 1)) - 4 * log(1 + 0.25 * (exp(-0.5) - 1)) - 2 * log(1 + 0.25 * (exp(-1.5) - 1))
    #expect(near(logE, byHand))
    #expect(near(logE, 1.5455, 5e-5))
    // One of the candidate's and one of the stable slot's at z = 0.5, δ = 1: g = 0, so nothing. At z = 1, g = 0.5.
    for share in [0.05, 0.95] {
      let few = LatencyShift.logEValue(candidate: [1, 1], stable: [1, 0], scores: [0.5, 1], delta: 1, share: share)
      #expect(near(few, 0.5 - log(1 + share * (exp(0.5) - 1))))
    }
    #expect([0, 1].map { LatencyShift.logEValue(candidate: [1], stable: [1], scores: [1], delta: 1, share: $0) } == [0, 0])
  }

  @Test("The expectation is one when both slots draw from one distribution and requests are assigned at random")
  func expectation() {
    let chances = [0.2, 0.5, 0.3]
    let scores = [-1.3, 0.2, 2.0]
    for (delta, share) in [(0.25, 0.05), (1, 0.5), (2, 0.2)] {
      var sum = 0.0
      for (bucket, chance) in chances.enumerated() {
        var one = [0, 0, 0]
        one[bucket] = 1
        let none = [0, 0, 0]
        sum += chance * share * exp(LatencyShift.logEValue(candidate: one, stable: none, scores: scores, delta: delta, share: share))
        sum +=
          chance * (1 - share) * exp(LatencyShift.logEValue(candidate: none, stable: one, scores: scores, delta: delta, share: share))
      }
      #expect(near(sum, 1))
    }
  }

  @Test("Slow begins above the bound nearest to the share asked for; the first among equals")
  func slow() {
    #expect(LatencyShift.slowBucket(ofReference: [90, 6, 3, 1], share: 0.05) == 2)
    #expect(LatencyShift.slowBucket(ofReference: [90, 6, 3, 1], share: 0.01) == 3)
    #expect(LatencyShift.slowBucket(ofReference: [50, 0, 50], share: 0.5) == 1)
    #expect(LatencyShift.slowBucket(ofReference: [0, 0], share: 0.5) == nil)
    #expect(LatencyShift.slowBucket(ofReference: [7], share: 0.5) == nil)
    #expect(LatencyShift.slow([90, 6, 3, 1], from: 2) == 4)
  }

  @Test("One request is a reference, if a poor one")
  func single() {
    #expect(near(LatencyShift.scores(ofReference: [1, 0]), [0, 0.6744897501960817], 1e-12))
    #expect(LatencyShift.slowBucket(ofReference: [0, 1], share: 1) == 1)
    #expect(LatencyShift.slowBucket(ofReference: [1, 0], share: 1) == 1)
    let one = LatencyShift.logEValue(candidate: [0, 1], stable: [0, 0], scores: [-1, 1], delta: 1, share: 0.5)
    let expected: Double = 0.5 - log(1 + 0.5 * (exp(0.5) - 1))
    #expect(near(one, expected))
  }
}
