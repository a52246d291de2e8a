#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What is promised of a policy, checked on the rows of an experiment.
struct Summary {
  static let alpha = 0.01
  /// The policy of the reference that an own one is held against.
  static let rival = "seqB1%"
  /// Above this an incumbent's false rollbacks are too many to compare with it.
  static let tolerated = 0.05
  static let boundFactor = 2.5

  let rows: [Experiment.Row]
  let reference: ReferenceFigures
  private let byName: [String: Experiment.Row]

  init(rows: [Experiment.Row], reference: ReferenceFigures) {
    self.rows = rows
    self.reference = reference
    byName = Dictionary(rows.map { ("\($0.scenario.name) \($0.policy)", $0) }) { first, _ in first }
  }

  func row(_ scenario: String, _ policy: String) -> Experiment.Row? { byName["\(scenario) \(policy)"] }

  private func names(_ role: NamedPolicy.Role) -> [String] {
    rows.map(\.policy).reduce(into: []) { names, name in
      if !names.contains(name), PolicyCatalogue.role(of: name) == role { names.append(name) }
    }
  }

  var text: String {
    var lines = ["", "## The reference's figures, imitated", ""]
    lines += (names(.incumbent) + names(.imitation)).compactMap(agreement)
    for policy in names(.own) {
      let own = rows.filter { $0.policy == policy }
      lines += ["", "## \(policy)", ""]
      lines += falseAlarms(own) + againstReference(own) + againstIncumbents(own) + uneven(own) + sampleSizes(own)
    }
    return (lines + sideBySide).joined(separator: "\n")
  }

  private func agreement(_ policy: String) -> String? {
    let compared = rows.filter { $0.policy == policy }.compactMap { row -> String?? in
      guard let known = reference[row.scenario.name, policy] else { return nil }
      let found = known.disagreements(with: row.tally, runs: reference.runs(of: policy))
      return .some(found.isEmpty ? nil : "\(row.scenario.name) (\(found.joined(separator: ", ")))")
    }
    guard !compared.isEmpty else { return nil }
    let failed = compared.compactMap { $0 }
    return "- \(policy): \(compared.count - failed.count) of \(compared.count) rows agree" + list(failed)
  }

  /// (a) Good releases that are rolled back.
  private func falseAlarms(_ own: [Experiment.Row]) -> [String] {
    let good = own.filter { $0.scenario.kind == .null || $0.scenario.name.hasPrefix("better") }
    guard !good.isEmpty else { return [] }
    let failed = good.filter { $0.tally.rollbackInterval.upperBound > Self.alpha }.map {
      "\($0.scenario.name) \(percent($0.tally.rollbackShare)) (to \(percent($0.tally.rollbackInterval.upperBound)))"
    }
    let runs = good.reduce(0) { $0 + $1.tally.runs }
    let rollbacks = good.reduce(0) { $0 + $1.tally.rollbackTimes.count }
    let undecided = good.max { $0.tally.undecidedShare < $1.tally.undecidedShare }
    return [
      line(
        "a", failed.isEmpty, "false rollbacks at most \(percent(Self.alpha)) % (upper limit)", good.count - failed.count, good.count, failed
      ),
      "  pooled \(fixed(Double(rollbacks) / Double(runs) * 100, 2)) % of \(runs) runs; a human is asked most often in "
        + (undecided.map { "\($0.scenario.name), \(percent($0.tally.undecidedShare)) %" } ?? "none"),
    ]
  }

  /// (b) Time and requests hurt, beside the reference's policy.
  private func againstReference(_ own: [Experiment.Row]) -> [String] {
    var slower: [String] = []
    var harm: [String] = []
    var compared = 0
    for row in own where row.scenario.kind == .faulty {
      guard let known = reference[row.scenario.name, Self.rival], let hurt = known.hurt else { continue }
      compared += 1
      let rival = self.row(row.scenario.name, Self.rival)?.tally ?? row.tally
      let error = (row.tally.hurtError * row.tally.hurtError + rival.hurtError * rival.hurtError).squareRoot()
      let found = row.tally.hurt(comparableWith: "seqB")
      if found > hurt + 1.96 * error + (known.hurtRounding ?? 0) {
        harm.append("\(row.scenario.name) \(short(found)) to \(short(hurt))")
      }
      guard let median = known.medianSeconds, (row.tally.medianTime ?? .infinity) > median else { continue }
      let imitated = self.row(row.scenario.name, Self.rival).map { $0.tally.share(by: median) }
      let target = imitated ?? known.rollbackPercent / 200
      let share = row.tally.share(by: median)
      let deviation = (target * (1 - target) * (1 / Double(row.tally.runs) + 1 / reference.runs(of: Self.rival))).squareRoot()
      if share < target - 1.96 * deviation {
        slower.append("\(row.scenario.name) \(percent(share)) % to \(percent(target)) % by \(short(median)) s")
      }
    }
    guard compared > 0 else { return [] }
    return [
      line("b", harm.isEmpty, "requests hurt no more than by the reference's \(Self.rival)", compared - harm.count, compared, harm),
      line("b", slower.isEmpty, "its median time not exceeded, or as many rolled back by then", compared - slower.count, compared, slower),
    ]
  }

  /// (c) Requests hurt, beside every incumbent that leaves good releases alone.
  private func againstIncumbents(_ own: [Experiment.Row]) -> [String] {
    var failed: [String] = []
    var compared = 0
    for row in own where row.scenario.kind == .faulty {
      for policy in names(.incumbent) where !["naive_z1%", "msprt1%"].contains(policy) {
        guard let other = self.row(row.scenario.name, policy)?.tally, let null = self.row(row.scenario.nullName, policy)?.tally,
          null.rollbackShare < Self.tolerated
        else { continue }
        compared += 1
        let error = (row.tally.hurtError * row.tally.hurtError + other.hurtError * other.hurtError).squareRoot()
        if row.tally.meanHurt > other.meanHurt + 1.96 * error {
          let note = "false rollbacks \(percent(null.rollbackShare)) %"
          failed.append("\(row.scenario.name) \(short(row.tally.meanHurt)) to \(short(other.meanHurt)) of \(policy), \(note)")
        }
      }
    }
    guard compared > 0 else { return [] }
    return [
      line(
        "c", failed.isEmpty, "no more requests hurt than by any incumbent with fewer than 5 % false rollbacks", compared - failed.count,
        compared, failed)
    ]
  }

  /// (d) Assumptions broken.
  private func uneven(_ own: [Experiment.Row]) -> [String] {
    let rows = own.filter { $0.scenario.overdispersion > 0 || $0.scenario.name.hasPrefix("tiny") }
    guard !rows.isEmpty else { return [] }
    let cells = rows.map {
      "\($0.scenario.name) \(percent($0.tally.rollbackShare)) % (to \(percent($0.tally.rollbackInterval.upperBound)) %)"
    }
    return ["- (d) outside the assumptions or hardly worse, rolled back: " + cells.joined(separator: "; ")]
  }

  /// (e) Canary requests until the rollback, beside the least that any test needs that knows the live version's errors; where
  /// (nearly) every bad release is found, since else the runs that take longest are left out.
  private func sampleSizes(_ own: [Experiment.Row]) -> [String] {
    var failed: [String] = []
    var limited: [String] = []
    var compared = 0
    for row in own where row.scenario.kind == .faulty && row.scenario.nuisances.isEmpty && row.scenario.onset == 0 {
      let (p0, p1) = (row.scenario.baselineErrors, row.scenario.canaryErrors)
      guard p1 - p0 >= 0.0199, row.tally.rollbackShare >= 0.99, let median = row.tally.medianRequests else { continue }
      let least = -log(Self.alpha) / Self.divergence(p1, p0)
      let text = "\(row.scenario.name) \(fixed(median / least, 2))"
      // Where a look brings more than the bound, the look decides and not the evidence.
      if least < row.scenario.requestsPerSecond * 0.05 * 20 {
        limited.append(text)
        continue
      }
      compared += 1
      if median / least > Self.boundFactor { failed.append(text) }
    }
    guard compared + limited.count > 0 else { return [] }
    return [
      line("e", failed.isEmpty, "median canary requests within 2.5 times the Wald–Lorden bound", compared - failed.count, compared, failed),
      "  where the bound is less than 20 s of the first step's requests: " + limited.joined(separator: "; "),
    ]
  }

  /// Kullback–Leibler divergence between two shares of errors, in nats.
  static func divergence(_ p: Double, _ q: Double) -> Double {
    p * log(p / q) + (p < 1 ? (1 - p) * log((1 - p) / (1 - q)) : 0)
  }

  private func line(_ letter: String, _ met: Bool, _ what: String, _ count: Int, _ of: Int, _ failed: [String]) -> String {
    "- (\(letter)) \(met ? "met" : "NOT met"): \(what): \(count) of \(of)" + list(failed)
  }

  private func list(_ failed: [String]) -> String { failed.isEmpty ? "" : "; not: " + failed.joined(separator: "; ") }
}
