#if canImport(Glibc)
  import Glibc
  import SlipwayStatistics
  import Testing

  @Suite("Memory")
  struct AllocationTests {
    @Test("Once made, a comparison of ten metrics and all that goes with it allocates nothing per interval")
    func nothing() async {
      await #expect(processExitsWith: .exitCode(7)) {
        let counts = SlotCounts(
          requests: 500, errors: 5, latency: [100, 300, 80, 20], counters: .init(repeating: .init(events: 3, exposure: 500), count: 9))
        let reference = ComparisonReference(
          blocks: [ReferenceBlock(requests: 5000, events: 50)], histogram: [1000, 3000, 800, 200],
          counters: .init(repeating: [ReferenceBlock(requests: 5000, events: 30)], count: 9))
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"]
        var comparison = SequentialComparison(design: .counting(names), reference: reference)
        var safety = NonInferiority(margin: 0.05)
        var split = SplitCheck()
        var detector = EDetector(.shiryaevRoberts)
        var watch = LiveWatch(
          design: .init(horizon: 100), blocks: .init(repeating: counts, count: 30), bounds: [100, 200, 400])
        func interval() {
          comparison.observe(candidate: counts, stable: counts)
          comparison.observeGap()
          safety.observe(candidateEvents: 5, candidateRequests: 500, stableEvents: 5, stableRequests: 500)
          split.observe(candidate: 500, stable: 500, share: 0.5)
          detector.observe(logEValue: 0.1)
          watch?.observe(counts)
        }
        interval()
        let made = AllocationCount.during { for _ in 0..<100 { interval() } }
        let control = AllocationCount.during { _ = [Int](repeating: 1, count: counts.requests) }
        let sane = comparison.intervals == 202 && safety.logEvidence.isFinite && split.logEvidence.isFinite && detector.intervals == 101
        guard let made, let control, sane, control > 0 else { exit(1) }
        exit(made == 0 ? 7 : Int32(min(200, 20 + made)))
      }
    }
  }
#endif
