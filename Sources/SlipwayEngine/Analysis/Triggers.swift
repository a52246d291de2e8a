import SlipwayModel

extension Rollout {
  /// Judges a rollback trigger over its trailing window, all of which has to lie after the candidate first got traffic.
  ///
  /// It fails, and sends the rollout back at once, when its condition is true of the window as a whole (counts, not rates of
  /// samples) and chance is unlikely (1 in 100) over at least five requests.
  func assess(trigger: Criterion, _ metrics: MetricSeries?, at now: Timestamp) -> Assessment {
    let subject = Self.triggerSubject + trigger.description
    if let streak = trigger.streak { return assess(streak, of: subject, trigger, metrics, at: now) }
    if let name = trigger.metric.readingName { return assess(trigger: trigger, reading: name, metrics, at: now) }
    guard let metrics else { return open(subject, .broken, "the metric source did not answer") }
    let window = max(trigger.window ?? Self.defaultWindow, figuresResolution)
    let end = now - figuresLag
    guard let exposedSince, end - exposedSince >= window else {
      return open(subject, .insufficient, "not yet exposed for \(window)")
    }
    let countsOnly = trigger.metric.countsOnly
    let figures = metrics.figures(of: candidateSlot, from: end - window, to: now, countsOnly: countsOnly)
    guard figures.requests >= Self.fewest,
      let evidence = Evidence.compare(
        figures, with: trigger, control: control(metrics, from: end - window, to: now, countsOnly: countsOnly))
    else { return open(subject, .insufficient, "too few requests to tell", figures.requests) }
    let isTrue = evidence.satisfies(trigger.comparison) && (evidence.surprise ?? 0) < Self.unlikely
    return closed(trigger, evidence, isTrue ? .fail : .pass, failsNow: isTrue, subject: subject)
  }

  /// A candidate that fails grossly is withdrawn within seconds, whatever windows and triggers say: over the last ten
  /// seconds at least five requests, and so many failures that neither a tenth failing nor twice the live slot's share
  /// explains them (1 in 10 000). A burst that hits both slots is therefore not held against the candidate.
  func assessGuardrail(_ metrics: MetricSeries?, at now: Timestamp) -> Assessment {
    guard let metrics else { return open(Reason.guardrail, .broken, "the metric source did not answer") }
    guard let exposedSince else { return open(Reason.guardrail, .insufficient, "no traffic yet") }
    // Intervals are whole: the one in which the exposure began counts.
    let from = max(exposedSince - figuresResolution, now - figuresLag - max(Self.defaultWindow, figuresResolution))
    let figures = metrics.counts(of: candidateSlot, from: from, to: now)
    guard figures.requests >= Self.fewest else {
      return open(Reason.guardrail, .insufficient, "\(Self.requests(figures.requests)), too few to tell", figures.requests)
    }
    let live = control(metrics, from: from, to: now, countsOnly: true)
    let tolerated = max(0.1, live.map { min(0.95, 2 * (Double($0.errors) + 0.5) / (Double($0.requests) + 1)) } ?? 0)
    let evidence = Evidence(figures, toleratedErrors: tolerated)
    let isGross = (evidence.surprise ?? 1) < Self.gross
    @Sendable func sentence() -> String {
      "\(figures.errors) of the candidate's last \(figures.requests) requests failed; at most \(Metric.errorRate.show(tolerated)) are tolerated for a moment"
    }
    return Assessment(
      Reason.guardrail, isGross ? .fail : .pass, failure: isGross ? Reason(Reason.guardrail, sentence()) : nil
    ) {
      Finding(
        subject: $0, verdict: $1, value: evidence.value, bound: tolerated, requests: figures.requests, chance: evidence.chance,
        sentence: sentence())
    }
  }

  /// How the subject of a trigger's finding begins.
  static let triggerSubject = "rollback if "
  static let defaultWindow = TimeSpan.seconds(10)
  /// Fewer requests tell nothing.
  static let fewest = 5
  private static let unlikely = 0.01
  private static let gross = 1e-4
}
