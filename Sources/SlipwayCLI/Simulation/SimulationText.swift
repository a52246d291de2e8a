import SlipwayEngine
import SlipwayModel
import SlipwaySimulation

/// What a simulation found, as text.
struct SimulationText {
  let report: PolicyReport

  func lines(colour: Bool) -> [String] {
    let style = Style(hasColour: colour)
    return headline(style) + [""] + stages(style) + releases(style) + faults(style) + advice(style) + proposal(style)
  }

  private func headline(_ style: Style) -> [String] {
    let traffic = report.traffic
    let name = style("\(report.service) in \(report.environment)", .bold)
    let lines = [
      "\(name): \(report.plan.strategy), \(report.untilPromotion) to promotion, \(report.plan.bake) bake",
      "\(traffic.requestsPerSecond.rateText) requests/s, p50 \(traffic.p50), p95 \(traffic.p95), \(traffic.errorRate.percentText) fail; "
        + "slow is from \(traffic.slowBound) on",
      "\(report.results.count) kinds of releases, \(report.runs) runs each, seed \(report.seed)",
    ]
    return report.leftOut.isEmpty ? lines : lines + ["left out: " + report.leftOut.joined(separator: ", ")]
  }

  // MARK: Stages

  private func stages(_ style: Style) -> [String] {
    let stages = report.stages.filter { $0.hold > .zero || !$0.judges.isEmpty || $0.comparison != nil }
    guard !stages.isEmpty else { return [] }
    var table = Columns(["stage", "share", "for", "requests", "stops in 95 of 100 cases"], right: [1, 2, 3])
    for stage in stages {
      let judges = Self.detections(stage)
      for (number, words) in judges.enumerated() {
        let cells = [stage.name.cut(16), "\(stage.weight)", "\(stage.hold)", "\(stage.requests)"]
        table.add((number == 0 ? cells : ["", "", "", ""]) + [words])
      }
    }
    return table.lines(style) + [""]
  }

  /// What a stage stops, criterion by criterion, and what its comparison does.
  static func detections(_ stage: StageSight) -> [String] {
    let comparison = stage.comparison.map { "not worse than stable, in nine of ten: " + ForecastText.words($0) }
    let found = stage.judges.map(detection) + [comparison].compactMap { $0 }
    return found.isEmpty ? ["nothing: it has no criteria"] : found
  }

  static func detection(_ judge: StageSight.Judge) -> String {
    guard let detects = judge.detects else { return "\(judge.criterion): nothing" }
    let words =
      judge.isAboutErrors
      ? "releases that fail \(detects.percentText) or more" : "releases \(detects.rateText) times slower or more"
    return "\(judge.criterion): \(words)"
  }

  // MARK: Releases

  private func releases(_ style: Style) -> [String] {
    var table = Columns(
      ["", "release", "should", "promoted", "went back", "median", "p90", "hurt", "worst"], right: [3, 4, 5, 6, 7, 8])
    for result in report.results {
      let (mark, tone) = Self.mark(result.verdict)
      table.add(
        [
          mark, result.trial.title.cut(38), result.trial.expectation.words, Self.interval(result.promoted),
          result.wentBack.share.percentText, Self.time(result.medianDecision), Self.time(result.p90Decision), Self.count(result.hurt.mean),
          Self.count(result.hurt.worst),
        ], tone: tone)
    }
    return table.lines(style) + [
      style("promoted: share of the runs, with its 95 % confidence interval; median, p90: time from start to decision;", .dim),
      style("hurt: requests per run that the release failed or answered slowly; worst: in the worst run", .dim), "",
    ]
  }

  private static func mark(_ verdict: TrialResult.Verdict) -> (String, Style.Tone) {
    switch verdict {
    case .right: (verdict.mark, .green)
    case .weak: (verdict.mark, .yellow)
    case .wrong: (verdict.mark, .red)
    case .either: (verdict.mark, .dim)
    }
  }

  static func interval(_ estimate: ShareEstimate) -> String {
    let (low, high) = ((estimate.low * 100).rounded(), (estimate.high * 100).rounded())
    return "\(estimate.share.percentText) (\(Int(low))–\(Int(high)))"
  }

  static func time(_ estimate: QuantileEstimate?) -> String {
    guard let estimate else { return "–" }
    return "\(TimeSpan.seconds(Int64((estimate.value / 1000).rounded())))"
  }

  static func count(_ value: Double) -> String {
    value < 10 ? ((value * 10).rounded() / 10).shortText : "\(Int(value.rounded()))"
  }

  // MARK: Findings

  private func faults(_ style: Style) -> [String] {
    let wrong = report.results.filter { $0.verdict == .wrong || $0.verdict == .weak }
    guard !wrong.isEmpty else { return [style("✓ ", .green) + "every kind of release is treated as it should be", ""] }
    return wrong.map { result in
      let (mark, tone) = Self.mark(result.verdict)
      let reasons = result.trial.expectation == .promote ? Self.reasons(result) : ""
      return style(mark, tone) + " " + result.sentence + reasons
    } + [""]
  }

  private static func reasons(_ result: TrialResult) -> String {
    result.reasons.isEmpty ? "" : "; the others go back for " + result.reasons.prefix(2).map(\.code).joined(separator: ", ")
  }

  private func advice(_ style: Style) -> [String] {
    guard !report.advice.isEmpty else { return [] }
    return report.advice.map { advice in
      switch advice.severity {
      case .warning: style("warning: ", .yellow) + advice.sentence
      case .note: style("note: ", .dim) + advice.sentence
      }
    } + [""]
  }

  private func proposal(_ style: Style) -> [String] {
    guard let checked = report.proposal else { return [] }
    var lines = [style("Numbers that can:", .bold)]
    for group in checked.proposal.groups {
      let values = group.changes.map { "\($0.key) \($0.from.map { "\($0) → " } ?? "")\($0.to)" }
      lines.append("  \(group.place): \(values.joined(separator: ", ")), \(group.why)")
    }
    lines += [""] + checked.proposal.lines.map { "    \($0)" } + ["", "Simulated with these numbers:"]
    var table = Columns(["", "release", "should", "promoted", "now", "median", "now"], right: [3, 4, 5, 6])
    for row in checked.rows {
      let (mark, tone) = Self.mark(row.after.verdict)
      table.add(
        [
          mark, row.after.trial.title.cut(38), row.after.trial.expectation.words, Self.interval(row.before.promoted),
          Self.interval(row.after.promoted), Self.time(row.before.medianDecision), Self.time(row.after.medianDecision),
        ], tone: tone)
    }
    return lines + table.lines(style)
  }
}

extension Trial.Expectation {
  var words: String {
    switch self {
    case .promote: "promote"
    case .goBack: "go back"
    case .either: "either"
    }
  }
}
