#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Summary {
  /// One row per policy: how often it rolls a good release back, and how many requests a bad one costs under it, beside the
  /// first own policy.
  var sideBySide: [String] {
    let policies = rows.map(\.policy).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    guard let own = policies.first(where: { PolicyCatalogue.role(of: $0) == .own }), policies.count > 1 else { return [] }
    var lines = [
      "", "## Side by side", "",
      "| policy | false rollbacks, worst % | pooled % | bad releases found, mean % | requests hurt, times those of \(own) |",
      "| --- | --- | --- | --- | --- |",
    ]
    for policy in policies {
      let mine = rows.filter { $0.policy == policy }
      let nulls = mine.filter { $0.scenario.kind == .null }.map(\.tally)
      let faulty = mine.filter { $0.scenario.kind == .faulty }
      let worst = nulls.map(\.rollbackShare).max()
      let pooled = Double(nulls.reduce(0) { $0 + $1.rollbackTimes.count }) / Double(max(1, nulls.reduce(0) { $0 + $1.runs }))
      let found = faulty.reduce(0) { $0 + $1.tally.rollbackShare } / Double(max(1, faulty.count))
      let ratios = faulty.compactMap { row in
        self.row(row.scenario.name, own).map { log(row.tally.meanHurt / $0.tally.meanHurt) }
      }
      let ratio = exp(ratios.reduce(0, +) / Double(max(1, ratios.count)))
      var cells = [policy, worst.map { percent($0) } ?? "-", nulls.isEmpty ? "-" : fixed(pooled * 100, 2)]
      cells += faulty.isEmpty ? ["-", "-"] : [percent(found), fixed(ratio, 2)]
      lines.append("| " + cells.joined(separator: " | ") + " |")
    }
    return lines
  }
}
