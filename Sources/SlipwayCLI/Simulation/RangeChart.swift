import SlipwayModel
import SlipwaySimulation

/// One row for each kind of release: a dot, perhaps a line to another value, and a tick at the largest.
struct RangeChart {
  struct Row {
    let verdict: TrialResult.Verdict
    let title: String
    let dot: Double
    /// End of the line from the dot; `nil` without one.
    let reach: Double?
    let largest: Double
    let words: String
  }

  let label: String
  let rows: [Row]
  /// Where a value lies, 0...1.
  let place: (Double) -> Double
  let marks: [(value: Double, words: String)]

  private static let (left, width, row) = (300.0, 450.0, 22.0)

  var svg: String {
    let height = Double(rows.count) * Self.row
    let grid = marks.map { SVG.line(x($0.value), 0, x($0.value), height, style: "grid") }
    let labels = marks.map { SVG.text($0.words, x: x($0.value), y: height + 18, anchor: "middle", style: "soft") }
    let lines = rows.enumerated().flatMap { draw($1, middle: (Double($0) + 0.5) * Self.row) }
    return SVG.frame(width: 860, height: Int(height) + 26, label: label, grid + labels + lines)
  }

  private func x(_ value: Double) -> Double { Self.left + min(1, max(0, place(value))) * Self.width }

  private func draw(_ row: Row, middle: Double) -> [String] {
    [
      SVG.text(row.verdict.mark, x: 8, y: middle + 4, anchor: "middle", style: row.verdict.rawValue),
      SVG.text(row.title.cut(44), x: 22, y: middle + 4),
      SVG.line(x(row.dot), middle, x(row.reach ?? row.dot), middle, style: "whisker"),
      SVG.line(x(row.largest), middle - 5, x(row.largest), middle + 5, style: "whisker"),
      SVG.dot(x: x(row.dot), y: middle, style: "promoted", title: row.words),
      SVG.text(row.words, x: Self.left + Self.width + 12, y: middle + 4, style: "soft"),
    ]
  }

  // MARK: The two charts

  static func times(_ results: [TrialResult]) -> RangeChart {
    let rows = results.compactMap { result -> Row? in
      guard let median = result.medianDecision, let p90 = result.p90Decision, let longest = result.longestDecision else { return nil }
      return Row(
        verdict: result.verdict, title: result.trial.title, dot: median.value, reach: p90.value, largest: Double(longest.milliseconds),
        words: HTMLReport.span(median.value))
    }
    let largest = max(1000, rows.map(\.largest).max() ?? 1000)
    let step = TimeSpan.marks.first { Double($0.milliseconds) * 6 >= largest } ?? .hours(24)
    let count = Int((largest / Double(step.milliseconds)).rounded(.up))
    let end = Double(step.milliseconds) * Double(max(1, count))
    return RangeChart(
      label: "Time to the decision, by kind of release", rows: rows, place: { $0 / end },
      marks: (0...max(1, count)).map { (Double($0) * Double(step.milliseconds), "\(step * Int64($0))") })
  }

  static func hurt(_ results: [TrialResult]) -> RangeChart {
    let rows = results.map { result in
      Row(
        verdict: result.verdict, title: result.trial.title, dot: result.hurt.mean, reach: nil, largest: result.hurt.worst,
        words: "\(SimulationText.count(result.hurt.mean)), worst \(SimulationText.count(result.hurt.worst))")
    }
    let largest = max(1, rows.map(\.largest).max() ?? 1)
    var powers: [Double] = [1]
    while let last = powers.last, last < largest { powers.append(last * 10) }
    // Tenths of a request lie left of the first mark.
    let decades = Double(powers.count)
    return RangeChart(
      label: "Requests hurt in one run, by kind of release", rows: rows, place: { $0 <= 0.1 ? 0 : (log10($0) + 1) / decades },
      marks: [(0.1, "0")] + powers.map { ($0, "\(Int($0))") })
  }

  /// To three decimals, which is enough for a place in a picture; the C library's differs between machines.
  private static func log10(_ value: Double) -> Double {
    var (rest, power) = (value, 0.0)
    while rest >= 10 { (rest, power) = (rest / 10, power + 1) }
    while rest < 1 { (rest, power) = (rest * 10, power - 1) }
    // Squaring doubles the logarithm: whether it then reaches 1 is its next binary digit.
    var (digit, fraction) = (0.5, 0.0)
    for _ in 0..<12 {
      rest *= rest
      if rest >= 10 { (rest, fraction) = (rest / 10, fraction + digit) }
      digit /= 2
    }
    return power + fraction
  }
}

extension TimeSpan {
  /// Distances between the marks of an axis.
  fileprivate static let marks: [TimeSpan] = [
    .seconds(5), .seconds(10), .seconds(20), .seconds(30), .minutes(1), .minutes(2), .minutes(5), .minutes(10), .minutes(20), .minutes(30),
    .hours(1), .hours(2), .hours(4), .hours(6), .hours(12),
  ]
}
