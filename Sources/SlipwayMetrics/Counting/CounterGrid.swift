import SlipwayModel

/// Evenly spaced instants at which both slots are cut.
struct CounterGrid: Equatable {
  /// The first instant that was asked for, milliseconds since 1970.
  let start: Int64
  /// Milliseconds.
  let step: Int64
  /// Number of instants.
  let count: Int

  func instant(_ index: Int) -> Timestamp { Timestamp(milliseconds: start + Int64(index) * step) }

  /// The values of samples that lie on the grid; `nil` where there is none, or no finite one.
  func values(_ samples: [PrometheusSample]) -> [Double?] {
    var values = [Double?](repeating: nil, count: count)
    for sample in samples where sample.value.isFinite {
      if let index = index(of: sample.at) { values[index] = sample.value }
    }
    return values
  }

  func index(of milliseconds: Int64) -> Int? {
    let offset = milliseconds - start
    guard offset >= 0, offset % step == 0, offset / step < Int64(count) else { return nil }
    return Int(offset / step)
  }
}

/// The growth of one cumulative counter on a grid.
struct CounterSeries {
  /// `nil`: not known at that instant.
  let values: [Double?]

  /// How much it grew after index `from` up to index `to`.
  ///
  /// A missing value is bridged: what came meanwhile is counted at the next one. A value below the one before is a counter that
  /// began anew, so all of it is growth. A series without any value before was born since, and counts from zero if its slot was
  /// known then; otherwise nobody knows since when it counts, and what it shows first is no growth.
  func growth(after from: Int, upTo to: Int, isSlotKnown: Bool) -> Double {
    var last = values[...from].last { $0 != nil } ?? nil
    if last == nil, isSlotKnown { last = 0 }
    var sum = 0.0
    for case let value? in values[(from + 1)...to] {
      if let previous = last { sum += value >= previous ? value - previous : value }
      last = value
    }
    return sum
  }
}

/// Where on the grid both slots can be cut, and from where to where counts are known.
struct Cuts {
  /// How long a slot that had samples may be without, in instants, before it counts as gone. A failed scrape hides a slot for one.
  static let patience = 3

  /// For each slot the instant of its newest sample as it was at each point of the grid, in any unit; `nil`: it had none.
  let freshness: [[Double?]]

  /// The points at which every slot that is there has a sample newer than at the point before; from `base` on.
  ///
  /// - Returns: pairs of a point and whether each slot is known there.
  func points(from base: Int) -> [(index: Int, isKnown: [Bool])] {
    guard let count = freshness.first?.count, base < count else { return [] }
    var newest = freshness.map { $0[...base].suffix(Self.patience + 1).last { $0 != nil } ?? nil }
    var missing = [Int](repeating: 0, count: freshness.count)
    var points = [(base, newest.map { $0 != nil })]
    for index in (base + 1)..<max(count, base + 1) {
      var isCut = true
      for slot in freshness.indices {
        guard let before = newest[slot] else { continue }
        if let now = freshness[slot][index] {
          missing[slot] = 0
          if now <= before { isCut = false }
        } else {
          missing[slot] += 1
          if missing[slot] > Self.patience { newest[slot] = nil } else { isCut = false }
        }
      }
      guard isCut else { continue }
      for slot in freshness.indices { newest[slot] = freshness[slot][index] ?? newest[slot] }
      points.append((index, newest.map { $0 != nil }))
    }
    return points
  }
}
