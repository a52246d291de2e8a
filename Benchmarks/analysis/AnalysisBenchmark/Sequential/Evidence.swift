import SlipwayStatistics

extension ArmCounts {
  /// As the statistics take it.
  var slotCounts: SlotCounts { SlotCounts(requests: requests, errors: errors, latency: histogram) }
}

extension Reference {
  /// As the statistics take it.
  var comparison: ComparisonReference { comparison(reduction: 0) }

  /// - Parameter reduction: standard errors that the estimate of overdispersion is reduced by.
  func comparison(reduction: Double) -> ComparisonReference {
    let blocks = blocks.map { block in
      ReferenceBlock(
        requests: block.requests[0] + block.requests[1], events: block.errors[0] + block.errors[1],
        halves: ReferenceBlock.Halves(first: block.errors[0], second: block.errors[1]))
    }
    return ComparisonReference(blocks: blocks, histogram: histogram, reduction: reduction)
  }
}

extension ComparisonDesign {
  /// The standard design, for intervals of 10 s cut into `looks`.
  static func standard(looks: Int = 1, guarded: Bool) -> ComparisonDesign {
    ComparisonDesign(horizon: 60 * looks, latencyWarmup: 3 * looks, guardFactor: guarded ? 2 : 0)
  }
}

extension SequentialComparison {
  mutating func observe(_ interval: Interval) {
    if interval.seesCanary, interval.seesBaseline {
      observe(candidate: interval.canary.slotCounts, stable: interval.baseline.slotCounts)
    } else {
      observeGap()
    }
  }
}
