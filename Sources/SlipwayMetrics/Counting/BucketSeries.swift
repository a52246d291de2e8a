import SlipwayModel

/// The growth of one histogram on a grid, classic or native.
struct BucketSeries {
  /// At each point of the grid; `nil`: not known.
  let values: [Value?]

  struct Value: Equatable {
    let buckets: CumulativeBuckets
    /// In microseconds; `nil`: not known.
    let sum: Double?
  }

  /// What came after index `from` up to index `to`; as ``CounterSeries/growth(after:upTo:isSlotKnown:)``.
  ///
  /// - Returns: one distribution for each stretch between two known values.
  func growth(after from: Int, upTo to: Int, isSlotKnown: Bool) -> [Value] {
    var last = values[...from].last { $0 != nil } ?? nil
    if last == nil, isSlotKnown { last = Value(buckets: CumulativeBuckets([]), sum: 0) }
    var grown: [Value] = []
    for case let value? in values[(from + 1)...to] {
      if let previous = last {
        // A histogram begins anew as a whole, also where some of its buckets have overtaken what they were.
        let isReset = value.buckets.total < previous.buckets.total
        grown.append(
          isReset
            ? value
            : Value(
              buckets: value.buckets.since(previous.buckets),
              sum: value.sum.flatMap { sum in previous.sum.map { max(0, sum - $0) } }))
      }
      last = value
    }
    return grown
  }

  /// The series of a query, put together: the `_bucket` series of each histogram by `le`, native ones as they are.
  ///
  /// - Parameter sums: the `_sum` series, by the labels that they share with the buckets.
  static func series(
    of series: [PrometheusSeries], sums: [PrometheusSeries], on grid: CounterGrid, unit: LatencyUnit
  ) -> [BucketSeries] {
    let scale = unit.microseconds
    var sumsByLabels: [[String: String]: [Double?]] = [:]
    for sum in sums { sumsByLabels[labels(of: sum)] = grid.values(sum.samples) }
    var classic: [[String: String]: [(bound: Double, values: [Double?])]] = [:]
    var result: [BucketSeries] = []
    for one in series {
      if !one.histograms.isEmpty { result.append(native(one, on: grid, scale)) }
      guard !one.samples.isEmpty, let bound = one.labels["le"].flatMap(Double.init) else { continue }
      classic[labels(of: one), default: []].append((bound * scale, grid.values(one.samples)))
    }
    for (labels, buckets) in classic {
      let sum = sumsByLabels[labels]
      result.append(
        BucketSeries(
          values: (0..<grid.count).map { index in
            let pairs = buckets.compactMap { bucket in bucket.values[index].map { (bucket.bound, $0) } }
            // Buckets of one histogram come together or not at all.
            guard pairs.count == buckets.count else { return nil }
            return Value(buckets: CumulativeBuckets(pairs), sum: sum?[index].map { $0 * scale })
          }))
    }
    return result
  }

  private static func labels(of series: PrometheusSeries) -> [String: String] {
    series.labels.filter { $0.key != "le" && $0.key != "__name__" }
  }

  private static func native(_ series: PrometheusSeries, on grid: CounterGrid, _ scale: Double) -> BucketSeries {
    var values = [Value?](repeating: nil, count: grid.count)
    for sample in series.histograms {
      guard let index = grid.index(of: sample.at), sample.count.isFinite else { continue }
      var sum = 0.0
      var pairs: [(Double, Double)] = []
      for bucket in sample.buckets {
        // A gap between two buckets is one without values.
        if bucket.lower > 0 { pairs.append((bucket.lower * scale, sum)) }
        sum += bucket.count
        pairs.append((bucket.upper * scale, sum))
      }
      values[index] = Value(
        buckets: CumulativeBuckets(pairs + [(.infinity, sample.count)]), sum: sample.sum.isFinite ? sample.sum * scale : nil)
    }
    return BucketSeries(values: values)
  }
}
