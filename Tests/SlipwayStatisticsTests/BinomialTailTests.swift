import SlipwayStatistics
import Testing

@Suite("Binomial tail")
struct BinomialTailTests {
  @Test(
    "Agrees with sums of exact terms",
    arguments: [
      (5, 5, 0.1, 1e-5), (1, 1, 0.3, 0.3), (0, 10, 0.5, 1.0), (3, 5, 0.5, 0.5), (10, 10, 0.5, 1.0 / 1024),
      (2, 3, 0.2, 0.104), (1, 20, 0.01, 1 - 0.817_906_937_597_230_9),
    ])
  func exactValues(k: Int, n: Int, p: Double, expected: Double) {
    #expect(abs(binomialUpperTail(atLeast: k, of: n, probability: p) - expected) < 1e-12)
  }

  @Test("Agrees with term-by-term summation over a grid")
  func grid() {
    for n in [1, 7, 30, 200] {
      for p in [0.01, 0.1, 0.5, 0.93] {
        var term = 1.0
        for _ in 0..<n { term *= 1 - p }
        var below = 0.0
        for k in 0...n {
          #expect(abs(binomialUpperTail(atLeast: k, of: n, probability: p) - (1 - below)) < 1e-9, "k \(k), n \(n), p \(p)")
          below += term
          if k < n { term *= Double(n - k) / Double(k + 1) * p / (1 - p) }
        }
      }
    }
  }

  @Test("The incomplete beta function is a polynomial for whole numbers: 3x² − 2x³ for 2 and 2")
  func incompleteBeta() {
    for x in [0.01, 0.2, 0.5, 0.83] {
      #expect(abs(regularizedIncompleteBeta(x, 2, 2) - (3 * x * x - 2 * x * x * x)) < 1e-12)
    }
    #expect(abs(regularizedIncompleteBeta(0.2, 2, 2) - 0.104) < 1e-12)
  }

  @Test("A probability outside of 0...1 counts as its nearer end")
  func clamped() {
    #expect([-0.05, 0, 1, 1.05].map { binomialUpperTail(atLeast: 3, of: 5, probability: $0) } == [0, 0, 1, 1])
  }

  @Test("More failures are never less surprising")
  func monotone() {
    for k in 1...1000 {
      let here = binomialUpperTail(atLeast: k, of: 1000, probability: 0.05)
      #expect(here <= binomialUpperTail(atLeast: k - 1, of: 1000, probability: 0.05) + 1e-12)
    }
  }

  @Test("The logarithm of the gamma function agrees with factorials")
  func factorials() {
    var factorial = 1.0
    for n in 1...20 {
      factorial *= Double(n)
      #expect(abs(logGamma(Double(n) + 1) - logarithm(factorial)) < 1e-11)
    }
  }

  /// ln by the standard library alone, so that the test does not share code with what it tests.
  private func logarithm(_ value: Double) -> Double {
    var (exponent, mantissa) = (0.0, value)
    while mantissa > 1.5 {
      mantissa /= 2
      exponent += 1
    }
    let y = (mantissa - 1) / (mantissa + 1)
    var (sum, power) = (0.0, y)
    for k in stride(from: 1.0, to: 61, by: 2) {
      sum += power / k
      power *= y * y
    }
    return 2 * sum + exponent * 0.693_147_180_559_945_309_4
  }
}
