/// Counts of response times in log-linear buckets: exact below 128 µs in steps of 8 µs, then eight buckets per doubling,
/// so a quantile is known to within 12.5 %, up to 134 s. Merging adds counts; nothing is ever sampled.
package struct LatencyHistogram: Hashable, Sendable {
  /// Number of buckets; the last one also takes everything above its bound.
  package static let bucketCount = 176

  /// Buckets are kept in blocks of so many: response times of one service lie close together, and a rollout keeps hundreds of histograms.
  private static let blockLength = 16

  /// The first bucket that is kept, a multiple of ``blockLength``; 0 when none is.
  package private(set) var firstKept = 0
  /// How many values fell into the buckets from ``firstKept`` on, in whole blocks of which the first and the last are not all zero. All
  /// other buckets are empty.
  package private(set) var kept: [Int] = []
  /// Sum of all values in microseconds, for the mean.
  package private(set) var sumMicroseconds = 0

  package init() {}

  /// A histogram from counts that were taken elsewhere; `nil` unless there are ``bucketCount`` of them, none negative.
  package init?(counts: [Int], sumMicroseconds: Int) {
    guard counts.count == Self.bucketCount, counts.allSatisfy({ $0 >= 0 }) else { return nil }
    if let first = counts.firstIndex(where: { $0 > 0 }), let last = counts.lastIndex(where: { $0 > 0 }) {
      keep(from: first, to: last)
      for index in kept.indices { kept[index] = counts[firstKept + index] }
    }
    self.sumMicroseconds = max(0, sumMicroseconds)
  }

  /// How many values fell into each bucket; always ``bucketCount`` long.
  package var counts: [Int] {
    var all = [Int](repeating: 0, count: Self.bucketCount)
    all.replaceSubrange(firstKept..<firstKept + kept.count, with: kept)
    return all
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
  package var total: Int { kept.reduce(0, +) }

  /// Records a value, in microseconds, once or `count` times; below zero counts as zero.
  package mutating func record(microseconds value: Int, count: Int = 1) {
    guard count > 0 else { return }
    let bucket = Self.bucket(ofMicroseconds: value)
    if bucket < firstKept || bucket >= firstKept + kept.count { keep(from: bucket, to: bucket) }
    kept[bucket - firstKept] += count
    sumMicroseconds += max(0, value) * count
  }

  /// Records many values, in microseconds; below zero counts as zero.
  package mutating func record(microseconds values: [Int]) {
    guard let least = values.min(), let most = values.max() else { return }
    keep(from: Self.bucket(ofMicroseconds: least), to: Self.bucket(ofMicroseconds: most))
    let first = firstKept
    var sum = 0
    kept.withUnsafeMutableBufferPointer { counts in
      for value in values {
        counts[Self.bucket(ofMicroseconds: value) - first] += 1
        sum += max(0, value)
      }
    }
    sumMicroseconds += sum
  }

  /// Adds another histogram's counts.
  package mutating func merge(_ other: LatencyHistogram) {
    sumMicroseconds += other.sumMicroseconds
    guard !other.kept.isEmpty else { return }
    keep(from: other.firstKept, to: other.firstKept + other.kept.count - 1)
    let offset = other.firstKept - firstKept
    kept.withUnsafeMutableBufferPointer { sums in
      other.kept.withUnsafeBufferPointer { added in
        for index in added.indices { sums[offset + index] += added[index] }
      }
    }
  }

  /// Makes room for the blocks of two buckets and of all between them.
  private mutating func keep(from low: Int, to high: Int) {
    let first = low / Self.blockLength * Self.blockLength
    let end = (high / Self.blockLength + 1) * Self.blockLength
    if kept.isEmpty {
      firstKept = first
      kept = [Int](repeating: 0, count: end - first)
      return
    }
    if first < firstKept {
      kept.insert(contentsOf: repeatElement(0, count: firstKept - first), at: 0)
      firstKept = first
    }
    if end > firstKept + kept.count { kept.append(contentsOf: repeatElement(0, count: end - firstKept - kept.count)) }
  }

  /// The smallest bucket bound, in microseconds, that at least `share` (0...1) of the values lie below; `nil` when empty.
  package func quantileMicroseconds(_ share: Double) -> Int? {
    let total = self.total
    guard total > 0 else { return nil }
    let rank = max(1, Int((share * Double(total)).rounded(.up)))
    var seen = 0
    for index in kept.indices {
      seen += kept[index]
      if seen >= rank { return Self.upperBoundMicroseconds(ofBucket: firstKept + index) }
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
    for pair in try container.decode([[Int]].self, forKey: .buckets) {
      guard pair.count == 2, (0..<Self.bucketCount).contains(pair[0]), pair[1] >= 0 else {
        throw DecodingError.dataCorruptedError(forKey: .buckets, in: container, debugDescription: "not a bucket: \(pair)")
      }
      if pair[1] == 0 { continue }
      keep(from: pair[0], to: pair[0])
      kept[pair[0] - firstKept] = pair[1]
    }
    sumMicroseconds = try container.decode(Int.self, forKey: .sumMicroseconds)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kept.indices.filter { kept[$0] > 0 }.map { [firstKept + $0, kept[$0]] }, forKey: .buckets)
    try container.encode(sumMicroseconds, forKey: .sumMicroseconds)
  }
}
