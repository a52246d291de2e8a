import Foundation
import SlipwayStatistics
import Testing

@Suite("Further e-values")
struct EValueTests {
  @Test("Every reference case of the Dirichlet multinomial, and of the split check")
  func dirichlet() {
    #expect(Vectors.all.dirichlet.count == 3)
    for c in Vectors.all.dirichlet {
      #expect(near(SplitCheck.logBayesFactor(counts: c.counts, shares: c.rho, concentration: c.k), c.log_bayes_factor), "\(c)")
      var check = SplitCheck(concentration: c.k)
      check.observe(candidate: c.counts[0] - 5, stable: c.counts[1] - 1, share: c.rho[0])
      #expect(check.logEvidence != 0 || c.counts[0] < 5)
      check.observe(candidate: min(c.counts[0], 5), stable: 1, share: c.rho[0])
      if c.counts[0] >= 5 { #expect(near(check.logEvidence, c.log_bayes_factor)) }
    }
  }

  @Test("A new share begins a new check and keeps the evidence")
  func shares() {
    var check = SplitCheck()
    check.observe(candidate: 40, stable: 460, share: 0.05)
    let first = check.logEvidence
    check.observe(candidate: 300, stable: 200, share: 0.5)
    let second = SplitCheck.logBayesFactor(counts: [300, 200], shares: [0.5, 0.5], concentration: 100)
    #expect(near(check.logEvidence, first + second))
    #expect(near(first, SplitCheck.logBayesFactor(counts: [40, 460], shares: [0.05, 0.95], concentration: 100)))
    let before = check
    check.observe(candidate: 500, stable: 0, share: 1)
    check.observe(candidate: 0, stable: 500, share: 0)
    check.observe(candidate: 5, stable: -1, share: 0.5)
    #expect(check == before)
    check.observe(candidate: 460, stable: 40, share: 0.95)
    let third = SplitCheck.logBayesFactor(counts: [460, 40], shares: [0.95, 0.05], concentration: 100)
    #expect(near(check.logEvidence, first + second + third))
  }

  @Test("Every reference case of the normal mixture")
  func mixture() {
    #expect(Vectors.all.normalMixture.count == 2)
    for c in Vectors.all.normalMixture {
      #expect(near(NormalMixture.logEValue(sum: c.s, variance: c.v, mixing: c.rho), c.log_e))
      let bound = NormalMixture.bound(variance: c.v, mixing: c.rho, alpha: 0.05)
      #expect(near(bound, c.bound_alpha_0_05))
      #expect(near(NormalMixture.logEValue(sum: bound, variance: c.v, mixing: c.rho), log(20)))
    }
    let mixing = NormalMixture.mixing(for: 100, alpha: 0.05)
    #expect(near(mixing, 100 / (2 * log(20) + log(1 + 2 * log(20)))) && near(mixing, 12.6, 5e-3))
    #expect(
      NormalMixture.bound(variance: 100, mixing: mixing, alpha: 0.05) < NormalMixture.bound(variance: 100, mixing: 5, alpha: 0.05))
  }

  @Test("Every reference case of e-BH")
  func benjaminiHochberg() {
    #expect(Vectors.all.benjaminiHochberg.count == 3)
    for c in Vectors.all.benjaminiHochberg {
      #expect(eBenjaminiHochberg(logEValues: c.e.map { log($0) }, alpha: c.alpha) == c.rejected, "\(c)")
    }
    #expect(eBenjaminiHochberg(logEValues: [], alpha: 0.05) == [])
  }

  @Test("e-BH stops at the last e-value that is large enough for its rank")
  func ranks() {
    // Thresholds 60, 30, 20.
    #expect(eBenjaminiHochberg(logEValues: [log(60.1), log(29), log(1)], alpha: 0.05) == [0])
    #expect(eBenjaminiHochberg(logEValues: [log(59), log(31), log(1)], alpha: 0.05) == [0, 1])
    #expect(eBenjaminiHochberg(logEValues: [log(1), log(31), log(60.1)], alpha: 0.05) == [1, 2])
  }

  @Test("The split check begins at no evidence, and one request is some")
  func split() {
    var check = SplitCheck()
    #expect(check.logEvidence == 0)
    check.observe(candidate: 1, stable: 0, share: 0.5)
    #expect(near(check.logEvidence, 0, 1e-12))
    check.observe(candidate: 1, stable: 0, share: 0.5)
    // Pólya's urn: the second is the candidate's too with probability 51 / 101 in place of 1/2.
    #expect(near(check.logEvidence, log(102.0 / 101)))
    check.observe(candidate: -1, stable: 5, share: 0.5)
    #expect(near(check.logEvidence, log(102.0 / 101)))
    // The third is the stable slot's with probability 50 / 102 in place of 1/2.
    check.observe(candidate: 0, stable: 1, share: 0.5)
    #expect(near(check.logEvidence, log(100.0 / 101)))
  }
}
