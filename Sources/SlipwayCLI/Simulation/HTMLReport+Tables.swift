import SlipwayEngine
import SlipwayModel
import SlipwaySimulation

extension HTMLReport {
  var advice: String {
    guard !report.advice.isEmpty else { return "" }
    let items = report.advice.map { advice in
      let word = advice.severity == .warning ? "<b class=\"weak\">Warning.</b> " : "<b class=\"either\">Note.</b> "
      return "<li class=\"\(advice.severity.rawValue)\">\(word)\(advice.sentence.capitalisedFirst.escaped).</li>"
    }
    return """
      <section>
      <h2>What the numbers can't do</h2>
      <ul class="advice">
      \(items.joined(separator: "\n"))
      </ul>
      </section>
      """
  }

  var proposal: String {
    guard let checked = report.proposal else { return "" }
    let changes = checked.proposal.groups.map { group in
      let values = group.changes.map { "\($0.key.escaped) \($0.from.map { "\($0.escaped) → " } ?? "")<b>\($0.to.escaped)</b>" }
      return "<li><b>\(group.place.escaped)</b>: \(values.joined(separator: ", ")), \(group.why.escaped)</li>"
    }
    let rows = checked.rows.map { row in
      "<tr><td class=\"name\">\(Self.mark(row.after.verdict)) \(row.after.trial.title.escaped)</td><td>\(row.after.trial.expectation.words)</td>"
        + Self.numbers([
          SimulationText.interval(row.before.promoted), SimulationText.interval(row.after.promoted),
          SimulationText.time(row.before.medianDecision), SimulationText.time(row.after.medianDecision),
        ]) + "</tr>"
    }
    return """
      <section>
      <h2>Numbers that can</h2>
      <ul>\(changes.joined())</ul>
      <pre>\(checked.proposal.lines.joined(separator: "\n").escaped)</pre>
      <p>Simulated with these numbers, the kinds of releases that were treated wrongly, and the healthy one:</p>
      <div class="scroll"><table>
      <tr><th>release</th><th>should</th><th class="n">promoted</th><th class="n">now</th><th class="n">median</th><th class="n">now</th></tr>
      \(rows.joined(separator: "\n"))
      </table></div>
      </section>
      """
  }

  var stages: String {
    let stages = report.stages.filter { $0.hold > .zero || !$0.judges.isEmpty }
    guard !stages.isEmpty else { return "" }
    let rows = stages.map { stage in
      let judges = SimulationText.detections(stage)
      return "<tr><td>\(stage.name.escaped)</td>" + Self.numbers(["\(stage.weight)", "\(stage.hold)", "\(stage.requests)"])
        + "<td>\(judges.map(\.escaped).joined(separator: "<br>"))</td></tr>"
    }
    return """
      <section>
      <h2>What each stage sees</h2>
      <div class="scroll"><table>
      <tr><th>stage</th><th class="n">share</th><th class="n">held for</th><th class="n">requests</th><th>stops in 95 of 100 cases</th></tr>
      \(rows.joined(separator: "\n"))
      </table></div>
      </section>
      """
  }

  var table: String {
    let rows = report.results.map { result in
      "<tr><td class=\"name\">\(Self.mark(result.verdict)) \(result.trial.title.escaped)</td><td>\(result.trial.expectation.words)</td>"
        + Self.numbers([
          SimulationText.interval(result.promoted), SimulationText.interval(result.wentBack), Self.range(result.medianDecision),
          Self.range(result.p90Decision),
          "\(SimulationText.count(result.hurt.mean)) (\(SimulationText.count(result.hurt.low))–\(SimulationText.count(result.hurt.high)))",
          SimulationText.count(result.hurt.worst),
        ]) + "<td>\(result.reasons.prefix(3).map { "\($0.code.escaped) \($0.count)" }.joined(separator: "<br>"))</td></tr>"
    }
    return """
      <section>
      <h2>All figures</h2>
      <div class="scroll"><table>
      <tr><th>release</th><th>should</th><th class="n">promoted</th><th class="n">went back</th><th class="n">median</th><th class="n">p90</th>\
      <th class="n">hurt</th><th class="n">worst</th><th>reasons to go back</th></tr>
      \(rows.joined(separator: "\n"))
      </table></div>
      <p class="soft">In brackets 95 % confidence intervals: Wilson's for shares, order statistics for quantiles, the normal approximation for \
      means.</p>
      </section>
      """
  }

  var method: String {
    """
    <section>
    <h2>How this was found</h2>
    <p>Each run deploys a healthy release into an empty simulated world and then the one to be judged, with Slipway's own engine and this \
    environment's plan. Requests arrive as a Poisson process; response times are log-normal with the stated median and 95th percentile; each \
    request fails on its own with the release's error rate. What the page says of a stage is computed with the engine's arithmetic, everything \
    else is counted from runs. Real traffic has bursts, days and dependencies that this has not.</p>
    </section>
    """
  }

  private static func numbers(_ cells: [String]) -> String { cells.map { "<td class=\"n\">\($0.escaped)</td>" }.joined() }

  private static func range(_ estimate: QuantileEstimate?) -> String {
    guard let estimate else { return "–" }
    guard let low = estimate.low, let high = estimate.high else { return span(estimate.value) }
    return low == high ? span(estimate.value) : "\(span(estimate.value)) (\(span(low))–\(span(high)))"
  }

  private static func mark(_ verdict: TrialResult.Verdict) -> String {
    "<b class=\"\(verdict.rawValue)\">\(verdict.mark)</b>"
  }
}

extension TrialResult.Verdict {
  /// One character, so that colour is not the only sign.
  var mark: String {
    switch self {
    case .right: "✓"
    case .weak: "!"
    case .wrong: "✗"
    case .either: "·"
    }
  }
}

extension String {
  fileprivate var capitalisedFirst: String { prefix(1).uppercased() + dropFirst() }
}
