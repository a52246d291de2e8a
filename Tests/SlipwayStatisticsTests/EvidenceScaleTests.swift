import SlipwayStatistics
import Testing

@Suite("Evidence in words")
struct EvidenceScaleTests {
  @Test("Evidence is told as a multiple, in few digits")
  func text() {
    let multiples = [0.3249, 1, 4.1, 9.999, 10.4, 99.6, 1200, 999_999, 1_000_001, 3e15]
    let texts = multiples.map { EvidenceScale.text(EvidenceScale.logarithm(ofMultiple: $0)) }
    #expect(texts == ["0.32", "1.0", "4.1", "10.0", "10", "100", "1200", "999999", "10^6", "10^15"])
    #expect(abs(EvidenceScale.logarithm(ofMultiple: 100) - 4.605) < 1e-3)
  }
}
