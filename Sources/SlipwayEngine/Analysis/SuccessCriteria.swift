import SlipwayModel

extension Rollout {
  /// Judges a success criterion over the step so far (or its own trailing window).
  ///
  /// - It passes when the figure satisfies it and rests on enough requests.
  /// - It fails at once when the figure is beyond the bound so clearly that chance is ruled out (1 in 100 000, since it is
  ///   looked at every second), and at the end of the hold when chance is unlikely (1 in 20).
  /// - In between the evidence is insufficient, and the step goes on holding until its patience ends: an isolated failure
  ///   among few requests neither passes nor fails.
  func assess(_ criterion: Criterion, _ metrics: MetricSeries?, at now: Timestamp) -> Assessment {
    if let streak = criterion.streak { return assess(streak, of: criterion.description, criterion, metrics, at: now) }
    if let name = criterion.metric.readingName { return assess(criterion, reading: name, metrics, at: now) }
    let subject = criterion.description
    let fewest = max(1, step?.minimumRequests ?? 1)
    guard let metrics else { return open(subject, .broken, "the metric source did not answer") }
    // A source that lags has no figures of the last moments: its windows end where its figures do.
    let end = now - figuresLag
    let from = max(since, criterion.window.map { end - $0 } ?? since)
    let countsOnly = criterion.metric.countsOnly
    let figures = metrics.figures(of: candidateSlot, from: from, to: now, countsOnly: countsOnly)
    guard figures.requests >= fewest else {
      return open(subject, .insufficient, "\(figures.requests) of at least \(Self.requests(fewest))", figures.requests)
    }
    if let window = criterion.window, metrics.coverage(from: from, to: end) < window - Self.lag {
      return open(subject, .insufficient, "figures cover less than \(window)", figures.requests)
    }
    guard let evidence = Evidence.compare(figures, with: criterion, control: control(metrics, from: from, to: now, countsOnly: countsOnly))
    else {
      return open(subject, .insufficient, "there is no figure of the live slot to compare with", figures.requests)
    }
    if evidence.satisfies(criterion.comparison) { return closed(criterion, evidence, .pass) }
    let surprise = evidence.surprise ?? 0
    if evidence.surprise != nil, surprise < Self.certain { return closed(criterion, evidence, .fail, failsNow: true) }
    if surprise >= Self.unlikely { return closed(criterion, evidence, .insufficient) }
    return closed(criterion, evidence, .fail, failsNow: now - since >= (step?.hold ?? .zero))
  }

  /// Metrics come in whole seconds, so the newest may be missing.
  static let lag = TimeSpan.seconds(2)
  private static let certain = 1e-5
  private static let unlikely = 0.05

  func open(
    _ subject: String, _ verdict: Verdict, _ why: @escaping @Sendable @autoclosure () -> String, _ requests: Int = 0
  ) -> Assessment {
    Assessment(subject, verdict) { Finding(subject: $0, verdict: $1, requests: requests, sentence: "\($0): \(why())") }
  }

  /// `1 request`, `2 requests`.
  static func requests(_ count: Int) -> String { count == 1 ? "1 request" : "\(count) requests" }

  func closed(_ criterion: Criterion, _ evidence: Evidence, _ verdict: Verdict, failsNow: Bool = false, subject: String? = nil)
    -> Assessment
  {
    let metric = criterion.metric
    @Sendable func finding(_ subject: String, _ verdict: Verdict) -> Finding {
      let chance = verdict == .insufficient ? "; that may be chance" : ""
      let figures = "\(metric.show(evidence.value)) against \(metric.show(evidence.bound))"
      return Finding(
        subject: subject, verdict: verdict, value: evidence.value, bound: evidence.bound, requests: evidence.requests,
        chance: evidence.chance, sentence: "\(subject): \(figures) over \(Self.requests(evidence.requests))\(chance)")
    }
    let subject = subject ?? criterion.description
    let failure = failsNow ? Reason(metric.reasonCode, finding(subject, verdict).sentence) : nil
    return Assessment(subject, verdict, failure: failure, finding)
  }
}

extension Metric {
  /// Whether it takes the numbers of requests and errors alone, and no response times.
  var countsOnly: Bool { self == .errorRate }

  /// What a rollout that goes back for the metric gives as its reason.
  var reasonCode: String {
    switch self {
    case .errorRate: "error-rate"
    case .responseTime, .p50, .p90, .p95, .p99: "latency"
    case .reading: "reading"
    }
  }

  /// A value of the metric for people: `2.5 %`, `420 ms`.
  func show(_ value: Double) -> String {
    switch self {
    case .errorRate: "\(Self.twoDecimals(value * 100)) %"
    case .responseTime, .p50, .p90, .p95, .p99: "\(Self.twoDecimals(value)) ms"
    // Readings have units of their own.
    case .reading: "\(Self.twoDecimals(value * 100) / 100)"
    }
  }

  static func twoDecimals(_ value: Double) -> Double {
    let scaled = (value * 100).rounded() / 100
    return scaled.isFinite ? scaled : value
  }
}
