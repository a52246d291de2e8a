import SlipwayModel
import SlipwayPorts
import SlipwayReach

/// The figures of one service in one environment, from the sources that its plan names.
actor Feed {
  private let key: DeploymentKey
  private let metrics: MetricsSpec
  private let proxy: any MetricSource
  private let clock: any EngineClock
  private let counting: PrometheusCounting?
  private let readings: PrometheusReadings?
  private let sources: [DocumentSource]
  private var polls: [MetricSourceKind: Poll] = [:]
  private var cached: (from: Timestamp, to: Timestamp, intervals: [MetricInterval])?
  private(set) var lastUse: Timestamp
  /// What sources warned of, each once.
  private(set) var warnings: [String] = []

  /// What is known from a source that is asked now and then.
  private struct Poll {
    /// Not asked again before.
    var due: Timestamp
    var readings: [MetricReading] = []
    var silences: [MetricSilence] = []
    var totals = TotalsLog()
    /// Why the last look at counts failed.
    var failure: SlipwayError?
  }

  init(
    _ key: DeploymentKey, _ metrics: MetricsSpec, proxy: any MetricSource, clock: any EngineClock, web: WebClient
  ) {
    (self.key, self.metrics, self.proxy, self.clock) = (key, metrics, proxy, clock)
    lastUse = clock.now()
    func values(window: TimeSpan?) -> [Slot: [MetricPlaceholder: String]] {
      Dictionary(uniqueKeysWithValues: Slot.allCases.map { ($0, metrics.values(for: key, slot: $0, window: window)) })
    }
    let client = metrics.prometheus.map { PrometheusClient(spec: $0, folder: metrics.folder, web: web) }
    counting = client.flatMap { client in
      guard metrics.source == .prometheus, let counts = client.spec.counts else { return nil }
      return PrometheusCounting(client: client, counts: counts, values: values(window: client.spec.window))
    }
    readings = client.map { PrometheusReadings(client: $0, values: values(window: $0.spec.window)) }
    sources = [
      metrics.http.map { DocumentSource($0, folder: metrics.folder, values: values(window: nil), web: web) },
      metrics.command.map { DocumentSource($0, folder: metrics.folder, values: values(window: nil)) },
    ].compactMap { $0 }
  }

  /// See `MetricSource`.
  func read(since: Timestamp) async throws -> MetricSeries {
    let now = clock.now()
    lastUse = now
    async let looks: Void = lookAround(at: now)
    async let counts = counts(since: since, at: now)
    await looks
    var intervals = try await counts
    switch metrics.source {
    case .proxy, .prometheus, .unmeasured: break
    case .http, .command:
      let poll = polls[metrics.source]
      if let failure = poll?.failure { throw failure }
      intervals = poll?.totals.intervals.filter { $0.start >= since } ?? []
    }
    return MetricSeries(
      intervals: intervals, readings: polls.values.flatMap(\.readings).sorted { $0.at < $1.at }, silences: polls.values.flatMap(\.silences))
  }

  // MARK: Counts

  private func counts(since: Timestamp, at now: Timestamp) async throws -> [MetricInterval] {
    switch metrics.source {
    case .proxy: return try await proxy.read(key, as: nil, since: since).intervals
    case .http, .command, .unmeasured: return []
    case .prometheus: break
    }
    guard let counting, let span = counting.span(since: since, now: now) else { return [] }
    if let cached, cached.from <= span.from, cached.to == span.to { return cached.intervals.filter { $0.start >= span.from } }
    let (intervals, warnings) = try await counting.series(from: span.from, to: span.to)
    note(warnings)
    // An answer that does not reach to the end may become longer: a scrape can be late.
    if intervals.last?.end == span.to { cached = (span.from, span.to, intervals) }
    return intervals
  }

  // MARK: Readings and documents

  /// Asks every source whose time has come.
  private func lookAround(at now: Timestamp) async {
    await withTaskGroup(of: Void.self) { group in
      if let readings, !readings.client.spec.readings.isEmpty, begin(.prometheus, every: readings.client.spec.interval, at: now) {
        group.addTask { await self.finish(.prometheus, await readings.take(at: now), at: now) }
      }
      for source in sources where begin(source.kind, every: interval(of: source.kind), at: now) {
        group.addTask { await self.look(at: source, now) }
      }
    }
  }

  private func interval(of kind: MetricSourceKind) -> TimeSpan {
    switch kind {
    case .proxy, .unmeasured: .seconds(1)
    case .prometheus: metrics.prometheus?.interval ?? .seconds(1)
    case .http: metrics.http?.interval ?? .seconds(1)
    case .command: metrics.command?.interval ?? .seconds(1)
    }
  }

  /// Whether a source is to be asked now; another reader that comes meanwhile takes what is known.
  private func begin(_ kind: MetricSourceKind, every interval: TimeSpan, at now: Timestamp) -> Bool {
    let due = polls[kind]?.due ?? now
    // Readers come about once a second: one that is a moment early is taken, or it would be asked nearly a second late.
    guard due <= now + min(.milliseconds(100), .milliseconds(interval.milliseconds / 10)) else { return false }
    // The rhythm stays where it is, however late this reader was; one that has lost it begins a new one.
    polls[kind, default: Poll(due: now)].due = now - due < interval ? due + interval : now + interval
    return true
  }

  private func look(at source: DocumentSource, _ now: Timestamp) async {
    let counts = metrics.source == source.kind
    do throws(SlipwayError) {
      let look = try await source.look(at: now, counts: counts)
      if counts { polls[source.kind]?.totals.take(look.totals, at: look.at) }
      polls[source.kind]?.failure = nil
      finish(source.kind, look.looked, at: now)
    } catch {
      if counts { polls[source.kind]?.failure = error }
      finish(source.kind, .broken(source.kind, source.readings.keys.sorted(), error), at: now)
    }
  }

  private func finish(_ kind: MetricSourceKind, _ looked: Looked, at now: Timestamp) {
    guard var poll = polls[kind] else { return }
    poll.readings = poll.readings.filter { $0.at + Self.memory > now } + looked.readings.filter { !poll.readings.contains($0) }
    poll.silences = looked.silences.filter { !$0.names.isEmpty }
    // A source that did not answer is asked again soon.
    if poll.failure != nil || looked.silences.contains(where: { !$0.isNoData }) { poll.due = min(poll.due, now + .seconds(1)) }
    polls[kind] = poll
    note(looked.warnings)
  }

  /// Readings are kept for whoever reads seldom; the engine keeps its own.
  private static let memory = TimeSpan.minutes(5)

  private func note(_ new: [String]) {
    for warning in new where !warnings.contains(warning) && warnings.count < 20 { warnings.append(warning) }
  }
}

extension DocumentSource {
  init(_ spec: HTTPMetricsSpec, folder: String?, values: [Slot: [MetricPlaceholder: String]], web: WebClient) {
    self.init(kind: .http, readings: spec.readings, isPerSlot: MetricTemplate(spec.url).isPerSlot, values: values) { values in
      let url = MetricTemplate(spec.url).filled(values)
      let answer = try await web.look(
        WebRequest(name: "the source of figures", url: url, access: spec.access, folder: folder, timeout: spec.timeout))
      guard answer.status == 200 else {
        throw SlipwayError.metricsRefused("the source of figures at \(web.origin(of: url)) answered \(answer.status)")
      }
      return answer.body
    }
  }

  init(_ spec: CommandMetricsSpec, folder: String?, values: [Slot: [MetricPlaceholder: String]]) {
    let isPerSlot = spec.run.contains { MetricTemplate($0).isPerSlot }
    self.init(kind: .command, readings: spec.readings, isPerSlot: isPerSlot, values: values) { values in
      let arguments = spec.run.map { MetricTemplate($0).filled(values) }
      return try await CommandRun(arguments: arguments, folder: folder ?? ".", timeout: spec.timeout).output()
    }
  }
}
