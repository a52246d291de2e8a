/// The figures of an experiment beside those of the reference.
struct Report {
  var rows: [Experiment.Row]
  var reference: ReferenceFigures

  /// One row per scenario and policy.
  var table: String {
    var lines = [
      "| scenario | policy | rollback % (95 %) | median s | hurt ± se | undecided % | promoted s | at 50 % s | reference | |",
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += rows.map(line)
    return lines.joined(separator: "\n")
  }

  private func line(_ row: Experiment.Row) -> String {
    let tally = row.tally
    let interval = tally.rollbackInterval
    let known = reference[row.scenario.name, row.policy]
    let range = "\(percent(interval.lowerBound)) to \(percent(interval.upperBound))"
    var cells: [String] = [row.scenario.name, row.policy]
    cells.append("\(percent(tally.rollbackShare)) (\(range))")
    cells.append(text(tally.medianTime))
    cells.append("\(short(tally.meanHurt)) ± \(short(tally.hurtError))")
    cells.append(percent(tally.undecidedShare))
    cells.append(text(Estimate.quantile(0.5, of: tally.promotionTimes)))
    cells.append(text(Estimate.quantile(0.5, of: tally.halfTimes)))
    cells.append(known.map(text) ?? "")
    cells.append(known.map { verdict($0, row) } ?? "")
    return "| " + cells.joined(separator: " | ") + " |"
  }

  private func text(_ value: Double?) -> String { value.map(short) ?? "-" }

  private func text(_ known: ReferenceFigures.Row) -> String {
    guard let hurt = known.hurt else { return short(known.rollbackPercent) }
    return "\(short(known.rollbackPercent)) / \(known.medianSeconds.map { short($0) } ?? "-") / \(short(hurt))"
  }

  private func verdict(_ known: ReferenceFigures.Row, _ row: Experiment.Row) -> String {
    let found = known.disagreements(with: row.tally, runs: reference.runs(of: row.policy))
    return found.isEmpty ? "agrees" : "differs: " + found.joined(separator: ", ")
  }

  /// What is promised, and whether it is kept.
  var summary: String { Summary(rows: rows, reference: reference).text }
}

/// A share in percent, to one decimal.
func percent(_ share: Double) -> String { fixed(share * 100, 1) }

/// Three digits, or the whole number when it has more.
func short(_ value: Double) -> String {
  let size = abs(value)
  if size >= 100 || value == value.rounded() { return "\(Int(value.rounded()))" }
  return fixed(value, size >= 10 ? 1 : 2)
}

func fixed(_ value: Double, _ digits: Int) -> String {
  let scale = [1.0, 10, 100, 1000][digits]
  let whole = Int((abs(value) * scale).rounded())
  let sign = value < 0 && whole > 0 ? "-" : ""
  let fraction = "\(whole % Int(scale))"
  return digits == 0
    ? "\(sign)\(whole)" : "\(sign)\(whole / Int(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
}
