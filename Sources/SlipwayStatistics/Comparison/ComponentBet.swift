import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One alternative, with everything computed that does not depend on the interval. Plain figures only: betting must not allocate.
struct ComponentBet: Sendable {
  enum Kind: Sendable {
    /// Errors (`counter` −1) or events of a counter.
    case events(counter: Int, excess: Double)
    /// The row of the shift tables.
    case shift(row: Int)
    case tail(bucket: Int)
  }

  let kind: Kind
  let family: Int
  /// ln of its share of the starting capital.
  let logPrior: Double
  /// The first interval it bets in, from 0.
  let start: Int
  /// r, or the shift δ.
  let size: Double
  /// ln r.
  let logRatio: Double
}

/// The bets of a design against a reference, and how they are named.
struct BetTable: Sendable {
  private(set) var bets: [ComponentBet] = []
  private(set) var names: [String] = []
  /// ln of each family's share of the starting capital; −∞ for a family that cannot bet.
  private(set) var familyLogWeights: [Double] = []
  /// gₖ and exp gₖ − 1, a row of buckets for each shift.
  private(set) var shiftLogRatios: [Double] = []
  private(set) var shiftGrowths: [Double] = []

  init(design: ComparisonDesign, reference: ComparisonReference) {
    let usable = design.families.map { family in
      Self.alternatives(of: family, reference, tolerance: design.errorTolerance).isEmpty ? 0 : max(0, family.weight)
    }
    let total = usable.reduce(0, +)
    for (index, family) in design.families.enumerated() {
      let alternatives = usable[index] > 0 ? Self.alternatives(of: family, reference, tolerance: design.errorTolerance) : []
      let weight = total > 0 ? usable[index] / total : 0
      familyLogWeights.append(log(weight))
      for alternative in alternatives {
        add(alternative, family: index, logPrior: log(weight / Double(alternatives.count)), design, reference)
      }
    }
  }

  private struct Alternative {
    let name: String
    let kind: ComponentBet.Kind
    let size: Double
  }

  private mutating func add(
    _ alternative: Alternative, family: Int, logPrior: Double, _ design: ComparisonDesign, _ reference: ComparisonReference
  ) {
    var kind = alternative.kind
    var start = design.latencyWarmup
    switch kind {
    case .events: start = 0
    case .tail: break
    case .shift:
      kind = .shift(row: shiftLogRatios.count)
      for score in reference.scores {
        let g = LatencyShift.logRatio(delta: alternative.size, score: score)
        shiftLogRatios.append(g)
        shiftGrowths.append(expm1(g))
      }
    }
    names.append(alternative.name)
    bets.append(
      ComponentBet(
        kind: kind, family: family, logPrior: logPrior, start: start, size: alternative.size, logRatio: log(alternative.size)))
  }

  private static func alternatives(
    of family: EvidenceFamily, _ reference: ComparisonReference, tolerance: Double
  ) -> [Alternative] {
    switch family.alternatives {
    case .errors(let multiples, let shares):
      let rate = reference.errors.rate
      let all =
        multiples.map { events(-1, excess: $0 * rate, rate, "errors ×\(text(1 + $0))") }
        + shares.map { events(-1, excess: $0, rate, "errors +\(text($0 * 100)) % of requests") }
      return tolerance > 0 ? all.filter { $0.size > (1 + tolerance) * (1 + 1e-9) } : all
    case .counter(let index, let multiples):
      let rate = index < reference.counters.count ? reference.counters[index].rate : ReferenceRate.assumedRate
      return multiples.map { events(index, excess: $0 * rate, rate, "\(family.name) ×\(text(1 + $0))") }
    case .shift(let deltas):
      guard !reference.scores.isEmpty else { return [] }
      return deltas.map { Alternative(name: "latency +\(text($0)) σ", kind: .shift(row: 0), size: $0) }
    case .tail(let tails):
      return tails.compactMap { tail in
        reference.slowBucket(share: tail.share).map {
          Alternative(
            name: "×\(text(tail.ratio)) requests above p\(text(100 - tail.share * 100))", kind: .tail(bucket: $0), size: tail.ratio)
        }
      }
    }
  }

  private static func events(_ counter: Int, excess: Double, _ rate: Double, _ name: String) -> Alternative {
    Alternative(name: name, kind: .events(counter: counter, excess: excess), size: 1 + excess / rate)
  }

  /// Up to two decimals, without those that are zero.
  private static func text(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    if hundredths % 100 == 0 { return "\(hundredths / 100)" }
    let decimals = hundredths % 100
    return decimals % 10 == 0 ? "\(hundredths / 100).\(decimals / 10)" : "\(hundredths / 100).\(decimals < 10 ? "0" : "")\(decimals)"
  }
}
