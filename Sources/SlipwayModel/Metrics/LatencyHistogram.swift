/// Counts of response times in log-linear buckets: exact below 128 µs in steps of 8 µs, then eight buckets per doubling,
/// so a quantile is known to within 12.5 %, up to 134 s. Merging adds counts; nothing is ever sampled.
package struct LatencyHistogram: Hashable, Sendable {
  /// Number of buckets; the last one also takes everything above its bound.
  package static let bucketCount = 176

  /// How many values fell into each bucket; always ``bucketCount`` long.
  package private(set) var counts: [Int]
  /// Sum of all values in microseconds, for the mean.
  package private(set) var sumMicroseconds: Int

  /// Empty histograms share their counts.
  private static let empty = [Int](repeating: 0, count: bucketCount)

  package init() {
    counts = Self.empty
    sumMicroseconds = 0
  }

  /// A histogram from counts that were taken elsewhere; `nil` unless there are ``bucketCount`` of them, none negative.
  package init?(counts: [Int], sumMicroseconds: Int) {
    guard counts.count == Self.bucketCount, counts.allSatisfy({ $0 >= 0 }) else { return nil }
    self.counts = counts
    self.sumMicroseconds = max(0, sumMicroseconds)
  }

  /// The bucket of a value. Buckets 0...15 are 8 µs wide; bucket 16 + 8k + j covers `[(8 + j), (9 + j)) × 2^(k + 4)` µs.
  package static func bucket(ofMicroseconds value: Int) -> Int {
    if value < 128 { return max(0, value) >> 3 }
    let exponent = Int.bitWidth - 1 - value.leadingZeroBitCount
    let index = 16 + (exponent - 7) * 8 + ((value >> (exponent - 3)) & 7)
    return min(index, bucketCount - 1)
  }

  /// The exclusive upper bound of a bucket in microseconds: what a quantile in that bucket is reported as.
  package static func upperBoundMicroseconds(ofBucket index: Int) -> Int {
    if index < 16 { return (index + 1) * 8 }
    let exponent = (index - 16) / 8
    return (9 + (index - 16) % 8) << (exponent + 4)
  }

  /// Number of recorded values.
  package var total: Int { counts.reduce(0, +) }

  /// Records a value, in microseconds, once or `count` times; below zero counts as zero.
  package mutating func record(microseconds value: Int, count: Int = 1) {
    counts[Self.bucket(ofMicroseconds: value)] += count
    sumMicroseconds += max(0, value) * count
  }

  /// Adds another histogram's counts.
  package mutating func merge(_ other: LatencyHistogram) {
    counts.withUnsafeMutableBufferPointer { sums in
      other.counts.withUnsafeBufferPointer { added in
        for index in 0..<Self.bucketCount { sums[index] += added[index] }
      }
    }
    sumMicroseconds += other.sumMicroseconds
  }

  /// The smallest bucket bound, in microseconds, that at least `share` (0...1) of the values lie below; `nil` when empty.
  package func quantileMicroseconds(_ share: Double) -> Int? {
    let total = self.total
    guard total > 0 else { return nil }
    let rank = max(1, Int((share * Double(total)).rounded(.up)))
    var seen = 0
    for index in counts.indices {
      seen += counts[index]
      if seen >= rank { return Self.upperBoundMicroseconds(ofBucket: index) }
    }
    return Self.upperBoundMicroseconds(ofBucket: Self.bucketCount - 1)
  }

  /// The mean in microseconds; `nil` when empty.
  package var meanMicroseconds: Double? {
    let total = self.total
    return total > 0 ? Double(sumMicroseconds) / Double(total) : nil
  }
}

extension LatencyHistogram: Codable {
  private enum CodingKeys: String, CodingKey {
    case buckets
    case sumMicroseconds = "sum_us"
  }

  /// Sparse: `{"buckets": [[index, count], …], "sum_us": n}`. Throws on an index outside the buckets or a negative count.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init()
    sumMicroseconds = try container.decode(Int.self, forKey: .sumMicroseconds)
    for pair in try container.decode([[Int]].self, forKey: .buckets) {
      guard pair.count == 2, counts.indices.contains(pair[0]), pair[1] >= 0 else {
        throw DecodingError.dataCorruptedError(forKey: .buckets, in: container, debugDescription: "not a bucket: \(pair)")
      }
      counts[pair[0]] = pair[1]
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(counts.indices.filter { counts[$0] > 0 }.map { [$0, counts[$0]] }, forKey: .buckets)
    try container.encode(sumMicroseconds, forKey: .sumMicroseconds)
  }
}
