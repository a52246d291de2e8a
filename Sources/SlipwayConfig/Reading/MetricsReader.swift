import SlipwayModel

/// Reads `metrics` of one environment, its base merged in.
struct MetricsReader {
  let sink: DiagnosticSink
  let namespace: String?

  /// `nil` when nothing is stated but the proxy, so that the plan stays as it would be without the section.
  ///
  /// - Parameter own: what the environment itself states, which may take sources of the base away.
  func read(_ merged: Node?, own: Node? = nil) -> MetricsSpec? {
    guard let merged, merged.entries?.isEmpty == false else { return nil }
    let node = TakenBack(own: View(own)).removed(from: merged)
    let view = View(node)
    let source = view.text("source").flatMap { MetricSourceKind(rawValue: $0) } ?? .proxy
    let prometheus = described("prometheus", view).flatMap { readPrometheus($0) }
    let http = described("http", view).flatMap { readHTTP($0) }
    let command = described("command", view).flatMap { readCommand($0) }
    let spec = MetricsSpec(
      source: source, prometheus: prometheus, http: http, command: command, namespace: namespace,
      workload: view.text("workload") ?? MetricsSpec(source: .proxy).workload)
    checkSource(source, of: view, spec)
    checkNames(of: spec, view)
    checkPlaceholders(in: node)
    return source == .proxy && prometheus == nil && http == nil && command == nil ? nil : spec
  }

  // MARK: Sources

  /// A single word in the place of a source has been reported.
  private func described(_ key: String, _ view: View) -> Entry? { view.entry(key).flatMap { $0.value.scalar == nil ? $0 : nil } }

  private func readPrometheus(_ entry: Entry) -> PrometheusSpec? {
    let view = View(entry.value)
    guard let url = url(of: view, at: entry, scope: .prometheus) else { return nil }
    let standard = PrometheusSpec(url: url)
    let preset = view.text("preset").flatMap { name in MetricPreset.all.first { $0.name == name } }?.counts
    let queries = view.view("queries")
    let unit = view.text("latency_unit").flatMap { LatencyUnit(rawValue: $0) } ?? preset?.unit ?? .seconds
    var counts: PrometheusCounts?
    if let requests = queries.text("requests") ?? preset?.requests {
      let ownLatency = queries.text("latency")
      counts = PrometheusCounts(
        requests: requests, errors: queries.text("errors") ?? preset?.errors, latency: ownLatency ?? preset?.latency,
        latencySum: queries.text("latency_sum") ?? (ownLatency == nil ? preset?.latencySum : nil), unit: unit)
    }
    var readings: [String: String] = [:]
    for name in view.items("saturation").compactMap({ $0.scalar?.text }) { readings[name] = MetricPreset.saturation[name] }
    for query in queries.entries where Scope.queries.key(query.key) == nil && Metric.isReadingName(query.key) {
      readings[query.key] = query.value.scalar?.text
    }
    return PrometheusSpec(
      url: url, counts: counts, readings: readings, interval: view.duration("interval") ?? standard.interval,
      delay: view.duration("delay") ?? standard.delay, window: view.duration("window") ?? standard.window,
      timeout: view.duration("timeout") ?? standard.timeout, access: AccessReader(sink: sink).read(view))
  }

  private func readHTTP(_ entry: Entry) -> HTTPMetricsSpec? {
    let view = View(entry.value)
    guard let url = url(of: view, at: entry, scope: .httpMetrics) else { return nil }
    let standard = HTTPMetricsSpec(url: url)
    return HTTPMetricsSpec(
      url: url, readings: pointers(of: view), interval: view.duration("interval") ?? standard.interval,
      timeout: view.duration("timeout") ?? standard.timeout, access: AccessReader(sink: sink).read(view))
  }

  private func readCommand(_ entry: Entry) -> CommandMetricsSpec? {
    let view = View(entry.value)
    let run = view.items("run").compactMap { $0.scalar?.text }
    guard !run.isEmpty else {
      if view.lacks("run", of: .commandMetrics) || view.entry("run")?.value.items?.isEmpty == true {
        sink.error(.missingKey, at: entry.place, "`command` does not say what is run", remedy: "add for example `run: [./figures.sh]`")
      }
      return nil
    }
    let standard = CommandMetricsSpec(run: run)
    return CommandMetricsSpec(
      run: run, readings: pointers(of: view), interval: view.duration("interval") ?? standard.interval,
      timeout: view.duration("timeout") ?? standard.timeout)
  }

  private func url(of view: View, at entry: Entry, scope: Scope) -> String? {
    guard let scalar = view.scalar("url"), let place = view.entry("url")?.value.place else {
      if view.lacks("url", of: scope) {
        sink.error(
          .missingKey, at: entry.place, "`\(entry.key)` does not say where it is",
          remedy: "add for example `url: \(scope.key("url")?.example ?? "")`")
      }
      return nil
    }
    AccessReader(sink: sink).refuseCredentials(in: scalar, at: place)
    return scalar.text.hasSuffix("/") ? String(scalar.text.dropLast()) : scalar.text
  }

  private func pointers(of view: View) -> [String: String] {
    var pointers: [String: String] = [:]
    for entry in view.view("readings").entries { pointers[entry.key] = entry.value.scalar?.text }
    return pointers
  }

  // MARK: Checks

  private func checkSource(_ source: MetricSourceKind, of view: View, _ spec: MetricsSpec) {
    guard let entry = view.entry("source") else { return }
    let isDescribed =
      switch source {
      case .proxy, .unmeasured: true
      case .prometheus: view.has("prometheus")
      case .http: view.has("http")
      case .command: view.has("command")
      }
    if !isDescribed {
      sink.error(
        .missingKey, at: entry.place, "`source` is `\(source.rawValue)`, and nothing describes it",
        remedy: "add `\(source.rawValue): { … }` beside it")
    } else if source == .prometheus, let prometheus = spec.prometheus, prometheus.counts == nil {
      sink.error(
        .missingKey, at: view.entry("prometheus")?.place ?? entry.place, "Prometheus is to count requests, and no query says how",
        remedy: "add a `preset`, or `queries: { requests: …, errors: …, latency: … }`")
    }
  }

  /// Each name has one source; a source that gives nothing is a mistake.
  private func checkNames(of spec: MetricsSpec, _ view: View) {
    var owners: [String: MetricSourceKind] = [:]
    for (source, names) in spec.readings {
      guard let entry = view.entry(source.rawValue), let place = Optional(entry.place) else { continue }
      for name in names {
        if let owner = owners[name] {
          sink.error(
            .duplicateName, at: place, "`\(name)` is read from \(owner.rawValue) and from \(source.rawValue)",
            remedy: "call one of them otherwise")
        }
        owners[name] = source
      }
      if names.isEmpty, spec.source != source, isDescribed(source, spec) {
        sink.warning(
          .noEffect, at: place, "nothing is read from `\(source.rawValue)`: it does not count requests and has no readings",
          remedy: "name it as `source`, or say what is read from it")
      }
    }
  }

  private func isDescribed(_ source: MetricSourceKind, _ spec: MetricsSpec) -> Bool {
    switch source {
    case .proxy, .unmeasured: false
    case .prometheus: spec.prometheus != nil
    case .http: spec.http != nil
    case .command: spec.command != nil
    }
  }

  /// `{{namespace}}` needs one.
  private func checkPlaceholders(in node: Node) {
    guard namespace == nil else { return }
    func look(_ node: Node) {
      if let scalar = node.scalar, MetricTemplate(scalar.text).names?.contains(MetricPlaceholder.namespace.rawValue) == true {
        sink.error(
          .missingKey, at: node.place, "{{namespace}} stands for the environment's `namespace`, and it has none",
          remedy: "state `namespace:` in the environment, or leave the placeholder out")
      }
      for entry in node.entries ?? [] { look(entry.value) }
      for item in node.items ?? [] { look(item) }
    }
    look(node)
    let prometheus = View(node).view("prometheus")
    if let preset = prometheus.text("preset"), let place = prometheus.entry("preset")?.value.place,
      let counts = MetricPreset.all.first(where: { $0.name == preset })?.counts, counts.requests.contains("{{namespace}}"),
      View(node).text("source") == MetricSourceKind.prometheus.rawValue
    {
      sink.error(
        .missingKey, at: place, "the preset `\(preset)` looks into the environment's `namespace`, and it has none",
        remedy: "state `namespace:` in the environment")
    }
    for item in prometheus.items("saturation") {
      guard let name = item.scalar?.text, MetricPreset.saturation[name]?.contains("{{namespace}}") == true else { continue }
      sink.error(
        .missingKey, at: item.place, "the ready-made query for `\(name)` looks into the environment's `namespace`, and it has none",
        remedy: "state `namespace:` in the environment, or write a query of your own under `queries`")
    }
  }
}
