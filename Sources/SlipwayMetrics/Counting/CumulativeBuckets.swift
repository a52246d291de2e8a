import SlipwayModel

/// A distribution of response times as other systems give it: how many values are at most each bound.
struct CumulativeBuckets: Equatable {
  /// Ascending, finite, in microseconds.
  let bounds: [Double]
  /// How many values are at most each bound; never falling.
  let counts: [Double]
  /// All values, those above the last bound too.
  let total: Double

  /// - Parameter pairs: bounds in microseconds with the number of values up to each; an infinite bound gives the total.
  init(_ pairs: [(bound: Double, count: Double)]) {
    var (bounds, counts): ([Double], [Double]) = ([], [])
    var highest = 0.0
    for pair in pairs.sorted(by: { $0.bound < $1.bound }) where !pair.bound.isNaN && pair.count.isFinite {
      // A source that is read while it counts may show less up to a larger bound.
      highest = max(highest, pair.count)
      guard pair.bound.isFinite, pair.bound > 0 else { continue }
      if bounds.last == pair.bound {
        counts[counts.count - 1] = highest
      } else {
        bounds.append(pair.bound)
        counts.append(highest)
      }
    }
    (self.bounds, self.counts, total) = (bounds, counts, highest)
  }

  /// How many values are at most this many microseconds, as if values were spread evenly between two bounds. What lies above the
  /// last bound is taken to lie just above it: nothing more is known.
  func count(upTo value: Double) -> Double {
    guard let last = bounds.last, value <= last else { return bounds.isEmpty ? 0 : total }
    guard value > 0 else { return 0 }
    // The first bound that is not below the value.
    var (low, high) = (0, bounds.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if bounds[middle] < value { low = middle + 1 } else { high = middle }
    }
    let (lower, below) = low == 0 ? (0, 0) : (bounds[low - 1], counts[low - 1])
    return below + (counts[low] - below) * (value - lower) / (bounds[low] - lower)
  }

  /// The same values in the program's own buckets.
  ///
  /// The running count at each of our bounds is rounded to a whole number, and a bucket gets the difference of two of them: so no
  /// value is lost or doubled however the bounds lie, and equal input gives equal buckets.
  ///
  /// - Parameter sum: of the values in microseconds, if known; else estimated, each value in the middle of its bucket.
  /// - Returns: `nil` without any bound: then nothing is known of the values but their number.
  func histogram(sumMicroseconds sum: Double?) -> LatencyHistogram? {
    guard !bounds.isEmpty else { return nil }
    var counts = [Int](repeating: 0, count: LatencyHistogram.bucketCount)
    var before = 0.0
    for index in counts.indices {
      let isLast = index == counts.count - 1
      let upTo = (isLast ? total : count(upTo: Double(LatencyHistogram.upperBoundMicroseconds(ofBucket: index)))).rounded()
      counts[index] = Int(upTo - before)
      before = upTo
    }
    return LatencyHistogram(counts: counts, sumMicroseconds: Int((sum ?? estimatedSum).rounded()))
  }

  private var estimatedSum: Double {
    var (sum, lower, below) = (0.0, 0.0, 0.0)
    for (bound, count) in zip(bounds, counts) {
      sum += (count - below) * (lower + bound) / 2
      (lower, below) = (bound, count)
    }
    return sum + (total - below) * lower
  }

  /// The values that came since an earlier look, at this look's bounds. Where the earlier one had other bounds (a native
  /// histogram that lost resolution) its counts are interpolated.
  func since(_ earlier: CumulativeBuckets) -> CumulativeBuckets {
    let pairs = zip(bounds, counts).map { (bound: $0, count: max(0, $1 - earlier.count(upTo: $0))) }
    return CumulativeBuckets(pairs + [(.infinity, max(0, total - earlier.total))])
  }
}
