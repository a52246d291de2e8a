import SlipwayEngine
import SlipwayModel
import SlipwaySimulation

/// A simulation's findings as one page that needs nothing else: no script, no font, no picture from elsewhere.
struct HTMLReport {
  let report: PolicyReport

  var text: String {
    let title = "\(report.service) in \(report.environment): what the policy does"
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <title>\(title.escaped)</title>
      <style>
      \(HTMLStyle.css)
      </style>
      </head>
      <body>
      <main>
      \(sections.filter { !$0.isEmpty }.joined(separator: "\n"))
      </main>
      </body>
      </html>

      """
  }

  private var sections: [String] {
    [head, tiles, outcomes, curves, advice, proposal, stages, times, hurt, table, method]
  }

  private var head: String {
    let traffic = report.traffic
    let facts = [
      "\(report.plan.strategy), \(report.untilPromotion) to promotion, \(report.plan.bake) bake",
      "\(traffic.requestsPerSecond.rateText) requests/s, p50 \(traffic.p50), p95 \(traffic.p95), \(traffic.errorRate.percentText) fail",
      "\(report.results.count) kinds of releases, \(report.runs) runs each, seed \(report.seed)",
    ]
    let leftOut = report.leftOut.isEmpty ? "" : "\n<p>Left out: \(report.leftOut.joined(separator: ", ").escaped)</p>"
    return """
      <header>
      <p class="soft">slipway simulate · project \(report.project.description.escaped)</p>
      <h1>\(report.service.description.escaped) in \(report.environment.description.escaped)</h1>
      <p class="soft">\(facts.map(\.escaped).joined(separator: "<br>"))</p>\(leftOut)
      </header>
      """
  }

  // MARK: Tiles

  private var tiles: String {
    let judged = report.results.filter { $0.trial.expectation != .either }
    let right = judged.filter { $0.verdict == .right }.count
    var tiles = [("\(right) of \(judged.count)", "kinds of releases are treated as they should be (at most 5 % wrong)")]
    if let healthy = report.results.first(where: { $0.trial.id == "healthy" }) {
      tiles.append((healthy.promoted.share.percentText, "of healthy releases are promoted"))
      if let median = healthy.medianDecision { tiles.append((Self.span(median.value), "until half of them are promoted")) }
    }
    if let worst = report.results.filter({ $0.trial.expectation == .goBack }).max(by: { $0.promoted.share < $1.promoted.share }) {
      tiles.append((worst.promoted.share.percentText, "promoted of \(worst.trial.plural), the worst of those that should go back"))
    }
    let cells = tiles.map { "<div class=\"tile\"><b>\($0.0.escaped)</b><span>\($0.1.escaped)</span></div>" }
    return "<div class=\"tiles\">\n\(cells.joined(separator: "\n"))\n</div>"
  }

  // MARK: Charts

  private var outcomes: String {
    let legend = [
      ("promoted", "promoted"), ("bake", "taken back in the bake"), ("back", "went back before promotion"), ("other", "no end"),
    ]
    .map { "<span><i style=\"background: var(--\($0.0))\"></i>\($0.1)</span>" }.joined()
    return """
      <section>
      <h2>What becomes of each kind of release</h2>
      <div class="legend">\(legend)</div>
      <figure>
      \(OutcomeChart(results: report.results).svg)
      <figcaption>Share of the runs; the whisker is the 95 % confidence interval of what is promoted. ✓ treated as it should be, \
      ! wrong in up to 20 % of the runs, ✗ in more, · neither would be wrong: the plan forbids nothing that these releases do, or they are close to a bound.</figcaption>
      </figure>
      </section>
      """
  }

  private var curves: String {
    let charts = [
      CurveChart(
        results: report.results, ids: ["healthy"] + (1...5).map { "errors_plus_\($0)" }, marks: (0...5).map { "\($0)" },
        at: (0...5).map(Double.init), axis: "percentage points more errors than the live version"),
      CurveChart(
        results: report.results, ids: ["healthy", "slower_1_3", "slower_1_5", "slower_2", "slower_3"],
        marks: ["1", "1.3", "1.5", "2", "3"],
        at: [1, 1.3, 1.5, 2, 3], axis: "times as slow as the live version"),
    ].compactMap { $0?.svg }
    guard !charts.isEmpty else { return "" }
    return """
      <section>
      <h2>How bad is bad enough</h2>
      <div class="halves">
      \(charts.map { "<figure class=\"half\">\n\($0)\n</figure>" }.joined(separator: "\n"))
      </div>
      <p class="soft">Share of the runs in which the release is promoted, with its 95 % confidence interval. A sharp policy falls from 100 % to \
      0 % where your tolerance ends.</p>
      </section>
      """
  }

  private var times: String {
    guard report.results.contains(where: { $0.medianDecision != nil }) else { return "" }
    return """
      <section>
      <h2>Time to the decision</h2>
      <figure>
      \(RangeChart.times(report.results).svg)
      <figcaption>From the start of the release's processes until it is promoted or goes back: median (dot) to 90th percentile (line), and the \
      longest (tick).</figcaption>
      </figure>
      </section>
      """
  }

  private var hurt: String {
    """
    <section>
    <h2>Requests hurt in one run</h2>
    <figure>
    \(RangeChart.hurt(report.results).svg)
    <figcaption>Requests that the release failed, or answered in \(report.traffic.slowBound) or more: mean (dot) and the worst run (tick), on a \
    logarithmic scale. A healthy release has some too: those are the traffic's own.</figcaption>
    </figure>
    </section>
    """
  }

  static func span(_ milliseconds: Double) -> String { "\(TimeSpan.seconds(Int64((milliseconds / 1000).rounded())))" }
}
