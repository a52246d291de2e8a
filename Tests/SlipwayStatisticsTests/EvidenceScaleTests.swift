import SlipwayStatistics
import Testing

@Suite("Evidence in words")
struct EvidenceScaleTests {
  @Test("Evidence is told as a multiple, in few digits")
  func text() {
    let multiples = [0.3249, 1, 4.1, 9.999, 99.6, 1200, 999_999, 3e15]
    let texts = multiples.map { EvidenceScale.text(EvidenceScale.logarithm(ofMultiple: $0)) }
    #expect(texts == ["0.32", "1.0", "4.1", "10.0", "100", "1200", "999999", "10^15"])
    #expect(abs(EvidenceScale.logarithm(ofMultiple: 100) - 4.605) < 1e-3)
  }
}
