import SlipwayModel
import Testing

@testable import SlipwayMetrics

@Suite("Counting from cumulative figures")
struct CountingTests {
  @Test("A foreign histogram keeps every value, whatever its bounds, and puts it where it lies")
  func conserves() throws {
    let foreign = CumulativeBuckets([(5_000, 10), (10_000, 70), (25_000, 95), (.infinity, 101)])
    let histogram = try #require(foreign.histogram(sumMicroseconds: nil))
    #expect(histogram.total == 101)
    // 60 values lie between 5 and 10 ms, evenly: half of them below 7.5 ms.
    let median = try #require(histogram.quantileMicroseconds(0.5))
    #expect((7_500...9_216).contains(median))
    // What is above the last bound is taken to lie just above it.
    #expect(
      histogram.quantileMicroseconds(0.99)
        == LatencyHistogram.upperBoundMicroseconds(ofBucket: LatencyHistogram.bucket(ofMicroseconds: 25_001)))
    // 10 × 2.5 + 60 × 7.5 + 25 × 17.5 + 6 × 25 ms.
    #expect(histogram.sumMicroseconds == 1_062_500)
    #expect(foreign.histogram(sumMicroseconds: 123_456.4)?.sumMicroseconds == 123_456)
  }

  @Test("Bounds that are our own give our own buckets exactly")
  func exact() throws {
    var own = LatencyHistogram()
    for (value, count) in [(3, 7), (130, 11), (20_000, 13), (90_000_000, 17)] { own.record(microseconds: value, count: count) }
    var (pairs, sum): ([(bound: Double, count: Double)], Double) = ([], 0)
    for index in 0..<LatencyHistogram.bucketCount {
      sum += Double(own.counts[index])
      pairs.append((Double(LatencyHistogram.upperBoundMicroseconds(ofBucket: index)), sum))
    }
    let read = try #require(CumulativeBuckets(pairs).histogram(sumMicroseconds: Double(own.sumMicroseconds)))
    #expect(read == own)
  }

  @Test("Rounding goes by the running count, so a thousand thin buckets lose nothing")
  func rounding() throws {
    var generator = SplitMix(seed: 7)
    for _ in 0..<200 {
      var (pairs, count, bound): ([(bound: Double, count: Double)], Double, Double) = ([], 0, 0)
      for _ in 0..<Int.random(in: 1...40, using: &generator) {
        bound += Double.random(in: 1...1_000_000, using: &generator)
        count += Double(Int.random(in: 0...5, using: &generator))
        pairs.append((bound, count))
      }
      let above = Double(Int.random(in: 0...3, using: &generator))
      let histogram = try #require(CumulativeBuckets(pairs + [(.infinity, count + above)]).histogram(sumMicroseconds: nil))
      #expect(histogram.total == Int(count + above))
      #expect(histogram.counts.allSatisfy { $0 >= 0 })
    }
  }

  @Test("Without a bound nothing is known but a number, and no response times are made up")
  func unknown() {
    #expect(CumulativeBuckets([(.infinity, 12)]).histogram(sumMicroseconds: 5) == nil)
    #expect(CumulativeBuckets([(.infinity, 12)]).total == 12)
  }

  @Test(
    "A counter's growth: missing values are bridged, a fall begins anew, a birth counts from zero only where its slot was known",
    arguments: [
      ([10, 15, 21], true, 11), ([10, nil, 21], true, 11), ([10, 15, nil], true, 5), ([nil, 15, 21], true, 21), ([nil, 15, 21], false, 6),
      ([10, 4, 9], true, 9), ([10, nil, 4], true, 4), ([nil, nil, nil], true, 0), ([10, 10, 10], true, 0),
    ] as [([Double?], Bool, Double)])
  func growth(values: [Double?], isSlotKnown: Bool, expected: Double) {
    #expect(CounterSeries(values: values).growth(after: 0, upTo: 2, isSlotKnown: isSlotKnown) == expected)
  }

  @Test("Both slots are cut at the same instants: where one has no new sample the interval goes on")
  func cuts() {
    func points(_ blue: [Double?], _ green: [Double?]) -> [Int] { Cuts(freshness: [blue, green]).points(from: 0).map(\.index) }
    #expect(points([1, 2, 3, 4], [1, 2, 3, 4]) == [0, 1, 2, 3])
    // Green was not scraped at the second instant, and failed at the third.
    #expect(points([1, 2, 3, 4], [1, 1, 3, 4]) == [0, 2, 3])
    #expect(points([1, 2, 3, 4], [1, nil, 3, 4]) == [0, 2, 3])
    // The newest is not there yet: it is left alone.
    #expect(points([1, 2, 3, 4], [1, 2, 3, nil]) == [0, 1, 2])
    // A slot that stays away is gone, and no longer waited for.
    #expect(points([1, 2, 3, 4, 5, 6], [1, nil, nil, nil, nil, nil]) == [0, 4, 5])
    // A candidate that appears later.
    #expect(points([1, 2, 3, 4], [nil, nil, 3, 4]) == [0, 1, 2, 3])
    #expect(Cuts(freshness: [[1, 2, 3], [nil, 2, 3]]).points(from: 0).map(\.isKnown) == [[true, false], [true, true], [true, true]])
  }

  @Test("A histogram that began anew counts as a whole, also where a bucket has overtaken what it was")
  func histogramReset() {
    func value(_ pairs: [(bound: Double, count: Double)], _ sum: Double) -> BucketSeries.Value {
      BucketSeries.Value(buckets: CumulativeBuckets(pairs), sum: sum)
    }
    let before = value([(1000, 1), (.infinity, 100)], 500_000)
    let after = value([(1000, 20), (.infinity, 30)], 60_000)
    #expect(BucketSeries(values: [before, after]).growth(after: 0, upTo: 1, isSlotKnown: true) == [after])
    let more = value([(1000, 4), (.infinity, 110)], 560_000)
    #expect(
      BucketSeries(values: [before, more]).growth(after: 0, upTo: 1, isSlotKnown: true)
        == [value([(1000, 3), (.infinity, 10)], 60_000)])
  }

  @Test("A native histogram that lost resolution is differenced at its new bounds")
  func resolution() {
    let fine = CumulativeBuckets([(1000, 4), (2000, 10), (4000, 20), (.infinity, 20)])
    let coarse = CumulativeBuckets([(2000, 15), (4000, 31), (.infinity, 31)])
    #expect(coarse.since(fine) == CumulativeBuckets([(2000, 5), (4000, 11), (.infinity, 11)]))
  }
}

/// A small generator with a seed (Steele, Lea and Flood 2014, SplitMix64).
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
