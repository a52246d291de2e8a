import Foundation
import SlipwayStatistics
import Testing

@Suite("Watching for a change")
struct MonitoringTests {
  @Test("The worked example of the three detectors")
  func detectors() {
    func run(_ kind: EDetector.Kind) -> [Double] {
      var detector = EDetector(kind)
      return [2, 2, 0.5].map {
        detector.observe(logEValue: log($0))
        return exp(detector.logStatistic)
      }
    }
    #expect(near(run(.shiryaevRoberts), [2, 6, 3.5], 1e-12))
    #expect(near(run(.cusum), [2, 4, 2], 1e-12))
    #expect(near(run(.onsets(first: 0.5, horizon: 10)), [1, 2.1, 1.075], 1e-12))
    #expect(near(run(.onsets(first: 0.5, horizon: 1)), [1, 3, 1.5], 1e-12))
    var detector = EDetector(.cusum)
    #expect(!detector.alarms(alpha: 0.5))
    detector.observe(logEValue: log(2))
    #expect(detector.alarms(alpha: 0.5))
    #expect(!detector.alarms(alpha: 0.49))
  }

  @Test("Without a change alarms are at least 1/alpha intervals apart on average", arguments: [EDetector.Kind.shiryaevRoberts, .cusum])
  func runLength(_ kind: EDetector.Kind) {
    var generator = SeededGenerator(seed: 7)
    var total = 0
    for _ in 0..<300 {
      var detector = EDetector(kind)
      while !detector.alarms(alpha: 0.02) {
        // e = 0.3/0.1 or 0.7/0.9, mean 1 when the event has probability 0.1.
        detector.observe(logEValue: generator.uniform() < 0.1 ? log(3) : log(0.7 / 0.9))
      }
      total += detector.intervals
    }
    // The mean of 300 such times has a standard error of about 6 %.
    #expect(Double(total) / 300 >= 50 * 0.9)
  }

  @Test("With onsets weighted, false alarms are at most alpha over all time")
  func probability() {
    var generator = SeededGenerator(seed: 8)
    var alarms = 0
    for _ in 0..<2000 {
      var detector = EDetector(.onsets(first: 0.2, horizon: 50))
      for _ in 0..<150 where !detector.alarms(alpha: 0.1) {
        detector.observe(logEValue: generator.uniform() < 0.1 ? log(3) : log(0.7 / 0.9))
      }
      alarms += detector.alarms(alpha: 0.1) ? 1 : 0
    }
    #expect(alarms > 0)
    #expect(Double(alarms) / 2000 <= 0.1)
  }

  static func block(errors: Int = 5, latency: [Int] = [50, 400, 50]) -> SlotCounts {
    SlotCounts(requests: 500, errors: errors, latency: latency)
  }

  @Test("The bars are the worst of the reference times the tolerance; fewer than twenty blocks are too few")
  func bars() throws {
    var blocks = [SlotCounts](repeating: Self.block(), count: 30)
    blocks[3] = Self.block(errors: 9)
    blocks[4] = Self.block(latency: [0, 250, 250])
    let watch = try #require(LiveWatch(design: .init(horizon: 100), blocks: blocks, bounds: [100, 200]))
    // In block 4 half of the values lie below 200 and the rest in the open bucket: median and 95th percentile are 200.
    let expected: [Double] = [2 * 10.0 / 501, 1.4 * 200, 1.4 * 200]
    #expect(near(watch.bars, expected, 1e-12))
    let q = 1 - pow(0.01 / 3, 1.0 / 30)
    #expect(near(watch.conspicuousShare, q))
    #expect(near(q, 0.1731, 5e-5))
    #expect(watch.enoughRequests == 250)
    #expect(LiveWatch(design: .init(horizon: 100), blocks: Array(blocks.prefix(19)), bounds: [100, 200]) == nil)
    let idle = Array(blocks.prefix(19)) + [SlotCounts(requests: 0, errors: 0, latency: [0, 0, 0])]
    #expect(LiveWatch(design: .init(horizon: 100), blocks: idle, bounds: [100, 200]) == nil)
    // Without block 4 the median is 100 + 100 · (250 − 50) / 400 = 150, the 95th percentile 200 still.
    blocks[4] = Self.block(latency: [40, 450, 10])
    // In block 4 it is 100 + 100 · (475 − 40) / 450 = 196.667, which is less.
    let calm = try #require(LiveWatch(design: .init(horizon: 100), blocks: blocks, bounds: [100, 200]))
    #expect(near(calm.bars, [20.0 / 501, 1.4 * 150, 1.4 * 200], 1e-12))
    let even = try #require(
      LiveWatch(design: .init(horizon: 100), blocks: .init(repeating: blocks[4], count: 30), bounds: [100, 200]))
    let (middle, high): (Double, Double) = (100 + 100 * 210.0 / 450, 100 + 100 * 435.0 / 450)
    #expect(near(even.bars, [2 * 6.0 / 501, 1.4 * middle, 1.4 * high], 1e-12))
    let blind = blocks.map { SlotCounts(requests: $0.requests, errors: $0.errors) }
    #expect(try #require(LiveWatch(design: .init(horizon: 100), blocks: blind, bounds: [100, 200])).bars[1] == .infinity)
  }

  @Test("Evidence of a stream is the mixture of three bounded bets over onsets")
  func bets() throws {
    let blocks = (0..<30).map { _ in Self.block() }
    var watch = try #require(LiveWatch(design: .init(horizon: 9), blocks: blocks, bounds: [100, 200]))
    watch.observe(Self.block(errors: 100))
    let q = watch.conspicuousShare
    let win: Double = (0.3 + 0.6 + 0.95) / q
    let loss: Double = (0.7 + 0.4 + 0.05) / (1 - q)
    let (errors, median, all) = (0.1 * win / 3, 0.1 * loss / 3, 0.1 * (win + 2 * loss) / 9)
    #expect(near(exp(watch.logEvidence(of: .errors)), errors) && near(errors, 0.3562, 5e-5))
    #expect(near(log(0.95 / q), 1.7023, 5e-5))
    #expect(near(exp(watch.logEvidence(of: .median)), median))
    #expect(near(exp(watch.logEvidence), all))
    #expect(!watch.alarms)
  }

  @Test("The first interval is looked at by itself, and a stream without figures neither wins nor loses")
  func first() throws {
    let usual = SlotCounts(requests: 500, errors: 5, latency: [500, 0, 0, 0, 0, 0])
    var watch = try #require(
      LiveWatch(design: .init(horizon: 9), blocks: .init(repeating: usual, count: 30), bounds: [100, 200, 300, 400, 500]))
    var (blind, worse) = (watch, watch)
    // The bars are 2 · 6/501, so 5.99 errors in 250 requests, 1.4 · 50 = 70 and 1.4 · 95 = 133. The median is 100 · 125/180 = 69.4 and the
    // 95th percentile 100 + 100 (237.5 − 180)/70 = 182.1. The worse watch has one more error and the median
    // 100 · 125/178 = 70.2.
    watch.observe(SlotCounts(requests: 250, errors: 5, latency: [180, 70, 0, 0, 0, 0]))
    blind.observe(SlotCounts(requests: 250, errors: 5))
    let q = 1 - pow(0.01 / 3, 1.0 / 30)
    let win: Double = 0.1 * (0.3 + 0.6 + 0.95) / 3 / q
    let loss: Double = 0.1 * (0.7 + 0.4 + 0.05) / 3 / (1 - q)
    #expect(near(LiveWatch.Stream.allCases.map { exp(watch.logEvidence(of: $0)) }, [loss, loss, win]))
    #expect(near(LiveWatch.Stream.allCases.map { exp(blind.logEvidence(of: $0)) }, [loss, 0.1, 0.1]))
    for time in 1...2 {
      worse.observe(SlotCounts(requests: 250, errors: 6, latency: [178, 72, 0, 0, 0, 0]))
      // The second time as much capital enters as the first time: (1 − 0.1) / 9.
      let wins = [0.3, 0.6, 0.95].map { time == 1 ? 0.1 * $0 / q : (0.1 * $0 / q + 0.1) * $0 / q }
      let mean = wins.reduce(0, +) / 3
      #expect(near(LiveWatch.Stream.allCases.map { exp(worse.logEvidence(of: $0)) }, [mean, mean, mean]))
    }
  }

  @Test("Few requests wait for more")
  func pending() throws {
    let blocks = (0..<30).map { _ in Self.block() }
    var watch = try #require(LiveWatch(design: .init(horizon: 9), blocks: blocks, bounds: [100, 200]))
    watch.observe(SlotCounts(requests: 200, errors: 0, latency: [0, 0, 200]))
    #expect(watch.logEvidence == -.infinity)
    watch.observe(SlotCounts(requests: 60, errors: 60, latency: [0, 0, 60]))
    #expect(watch.logEvidence > -.infinity)
    #expect(watch.logEvidence(of: .errors) > watch.logEvidence(of: .median))
  }

  /// Alarms and the interval of the first one, over a watch of 30 min after a reference of 300 s, with a swing of ±50 % in traffic and errors
  /// and ±20 % in response times every 900 s.
  static func watch(
    rate: Double, errorRatio: Double, seed: UInt64, bursts: Bool = false, fault: (SimulatedSlot) -> SimulatedSlot = { $0 }
  ) -> Int? {
    var generator = SeededGenerator(seed: seed)
    let phase = generator.uniform() * 2 * .pi
    var burst = false
    func interval(_ index: Int, _ slot: SimulatedSlot) -> SlotCounts {
      let swing = sin(2 * .pi * (Double(index) + 0.5) * 10 / 900 + phase)
      burst = bursts && generator.uniform() < (burst ? 0.5 : 0.05)
      let now = SimulatedSlot(
        requestsPerSecond: slot.requestsPerSecond * (1 + 0.5 * swing),
        errorRatio: slot.errorRatio * (1 + 0.5 * swing) + (burst ? 0.1 : 0))
      let drawn = now.draw(seconds: 10, SimulatedSlot.buckets(factor: slot.latencyFactor * (1 + 0.2 * swing)), &generator)
      return SlotCounts(requests: drawn.requests, errors: drawn.errors, latency: drawn.latency)
    }
    let usual = SimulatedSlot(requestsPerSecond: rate, errorRatio: errorRatio)
    let blocks = (0..<30).map { interval($0, usual) }
    guard var watch = LiveWatch(design: .init(horizon: 180), blocks: blocks, bounds: SimulatedSlot.bounds) else { return nil }
    let later = fault(usual)
    for index in 0..<180 {
      watch.observe(interval(30 + index, later))
      if watch.alarms { return index + 1 }
    }
    return nil
  }

  @Test("A swing of ±50 % does not alarm", arguments: [(5, 0.01), (50, 0.001), (50, 0.01), (500, 0.01)])
  func drift(rate: Int, errorRatio: Double) {
    let alarms = (0..<60).count { Self.watch(rate: Double(rate), errorRatio: errorRatio, seed: UInt64($0)) != nil }
    // At a rate of 2 %, 6 or more of 60 would come about once in 700 tries.
    #expect(alarms <= 5, "\(alarms) of 60")
  }

  @Test("A fault is found within minutes in spite of the swing")
  func faults() {
    let errors = (0..<15).compactMap { seed in
      Self.watch(rate: 50, errorRatio: 0.001, seed: seed) { SimulatedSlot(requestsPerSecond: $0.requestsPerSecond, errorRatio: 0.05) }
    }
    let slower = (0..<15).compactMap { seed in
      Self.watch(rate: 50, errorRatio: 0.001, seed: seed) {
        SimulatedSlot(requestsPerSecond: $0.requestsPerSecond, errorRatio: 0.001, latencyFactor: 2)
      }
    }
    #expect(errors.count == 15 && errors.sorted()[7] <= 15, "\(errors)")
    #expect(slower.count == 15 && slower.sorted()[7] <= 15, "\(slower)")
  }

  @Test("Twenty blocks are enough; enough requests are half of the middle block's")
  func fewest() throws {
    let blocks = (1...20).map { SlotCounts(requests: $0 * 100, errors: 0, latency: [0, $0 * 100, 0]) }
    let watch = try #require(LiveWatch(design: .init(horizon: 5), blocks: blocks, bounds: [100, 200]))
    #expect(watch.enoughRequests == 550)
    #expect(watch.design.alpha == 0.01)
    #expect(LiveWatch.Design(horizon: 0).horizon == 1)
    let least = (0..<20).map { _ in SlotCounts(requests: 1, errors: 0, latency: [0, 1, 0]) }
    #expect(LiveWatch(design: .init(horizon: 5), blocks: least, bounds: [100, 200])?.enoughRequests == 1)
  }

  @Test("What was counted is forgotten once it was looked at")
  func forgotten() throws {
    let blocks = (0..<30).map { _ in Self.block() }
    var watch = try #require(LiveWatch(design: .init(horizon: 9), blocks: blocks, bounds: [100, 200]))
    func few(errors: Int) -> SlotCounts { SlotCounts(requests: 249, errors: errors, latency: [0, 249, 0]) }
    watch.observe(few(errors: 0))
    #expect(watch.logEvidence == -.infinity, "249 of 250")
    watch.observe(SlotCounts(requests: 1, errors: 1, latency: [0, 1, 0]))
    let once = watch.logEvidence
    #expect(once > -.infinity)
    watch.observe(few(errors: 0))
    #expect(watch.logEvidence == once, "249 of 250 again")
    // The bar is 2 · 6/501: five errors of 250 are below it, six above. One left over from before would make five six.
    var other = watch
    watch.observe(SlotCounts(requests: 1, errors: 1, latency: [0, 1, 0]))
    other.observe(SlotCounts(requests: 1, errors: 0, latency: [0, 1, 0]))
    #expect(watch.logEvidence == other.logEvidence)
    var edge = try #require(LiveWatch(design: .init(horizon: 9), blocks: blocks, bounds: [100, 200]))
    edge.observe(SlotCounts(requests: 250, errors: 5, latency: [0, 250, 0]))
    edge.observe(SlotCounts(requests: 250, errors: 5, latency: [0, 250, 0]))
    var above = try #require(LiveWatch(design: .init(horizon: 9), blocks: blocks, bounds: [100, 200]))
    above.observe(SlotCounts(requests: 250, errors: 5, latency: [0, 250, 0]))
    above.observe(SlotCounts(requests: 250, errors: 6, latency: [0, 250, 0]))
    #expect(edge.logEvidence < above.logEvidence)
    var mixed = edge
    mixed.observe(SlotCounts(requests: 250, errors: 0, latency: [0, 250, 0]))
    edge.observe(SlotCounts(requests: 250, errors: 5, latency: [0, 250, 0]))
    #expect(mixed.logEvidence == edge.logEvidence)
  }
}
