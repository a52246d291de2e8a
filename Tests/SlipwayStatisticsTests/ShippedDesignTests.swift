import SlipwayStatistics
import Testing

@Suite("The comparison that rollouts use")
struct ShippedDesignTests {
  @Test("Blocks are as short as the traffic allows", arguments: [(5.0, 10), (19.9, 10), (20, 5), (49.9, 5), (50, 2), (5000, 2)])
  func look(rate: Double, seconds: Int) {
    #expect(ComparisonDesign.shippedLook(requestsPerSecond: rate) == seconds)
  }

  @Test("Its constants: capital by family, guard by the length of a block, warm-up of 20 s, onsets over ten minutes at least")
  func constants() {
    let design = ComparisonDesign.shipped(look: 2, duration: 100)
    #expect(design.families.map(\.name) == ["errors", "many errors", "latency", "much latency", "latency tail"])
    #expect(design.families.map(\.weight) == [0.4, 0.12, 0.19, 0.07, 0.22])
    #expect(design.families[0].alternatives == .errors(multiples: [0.5, 1.5, 4], shares: [0.01, 0.03]))
    #expect(design.families[1].alternatives == .errors(multiples: [], shares: [0.1, 0.5]))
    #expect(design.families[2].alternatives == .shift([0.25, 0.5]))
    #expect(design.families[3].alternatives == .shift([1, 2]))
    let tail = EvidenceFamily.TailAlternative.init(share:ratio:)
    #expect(design.families[4].alternatives == .tail([tail(0.05, 1.6), tail(0.05, 4), tail(0.01, 2.5), tail(0.01, 10)]))
    #expect((design.guardFactor, design.latencyWarmup, design.horizon, design.firstOnset) == (10, 10, 300, 0.8))
    let slow = ComparisonDesign.shipped(look: 10, duration: 1800)
    #expect((slow.guardFactor, slow.latencyWarmup, slow.horizon) == (2, 2, 180))
    #expect(ComparisonDesign.shippedReduction == 1)
  }
}
