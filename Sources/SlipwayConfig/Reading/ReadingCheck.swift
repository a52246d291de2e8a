import SlipwayModel

/// Checks that criteria are about what the environment's sources give, and often enough.
struct ReadingCheck {
  let sink: DiagnosticSink
  let spec: EnvironmentSpec

  /// Names of readings in all `metrics` of a file, of the base and of environments.
  static func names(in root: [Entry]) -> [String] {
    let environments = View(Node(content: .mapping(root), place: .start)).view("environments").entries.compactMap(\.value.entries)
    let sections = ([root] + environments).compactMap { $0.first { $0.key == "metrics" }?.value }
    let names = sections.flatMap { section in
      View(section).view("prometheus").view("queries").entries.map(\.key)
        + ["http", "command"].flatMap { View(section).view($0).view("readings").entries.map(\.key) }
    }
    return Set(names.filter { Metric(rawValue: $0)?.readingName != nil && Scope.queries.key($0) == nil }).sorted()
  }

  /// - Parameter nodes: the environment's strategy and rollback, overrides merged in.
  func check(_ nodes: [Node?]) {
    for node in nodes { look(node, role: nil) }
  }

  private func look(_ node: Node?, role: CriterionRole?) {
    for item in node?.items ?? [] { look(item, role: role) }
    for entry in node?.entries ?? [] {
      switch entry.key {
      case "success_criteria": look(entry.value, role: .success)
      case "score" where role == .success: look(entry.value["metrics"], role: .success)
      case "triggers": look(entry.value, role: .trigger)
      default:
        if let role, let metric = Metric(rawValue: entry.key) { check(metric, entry, role) } else { look(entry.value, role: nil) }
      }
    }
  }

  private func check(_ metric: Metric, _ entry: Entry, _ role: CriterionRole) {
    var interval = spec.metrics?.resolution ?? .seconds(1)
    if let name = metric.readingName {
      guard let source = spec.metrics?.interval(ofReading: name) else { return reportMissing(name, entry) }
      interval = source
    }
    for node in entry.value.items ?? [entry.value] {
      if node.entries != nil, node["criterion"] == nil, node["weight"] == nil { StreakCheck(sink: sink).check(node, at: entry.place) }
      let criterion = CriterionText.criterion(of: node["criterion"] ?? node, metric: metric, role: role)
      guard let window = criterion?.streak?.interval ?? criterion?.window, window < interval else { continue }
      sink.error(
        .outOfRange, at: node.place,
        "the window of `\(metric.rawValue)` is shorter than the \(interval) between two looks in `\(spec.name)`",
        remedy: "make the window longer, or look more often: `interval` under `metrics`")
    }
  }

  private func reportMissing(_ name: String, _ entry: Entry) {
    // A word that no source of the file knows has been reported.
    if sink.hasError(at: entry.place) { return }
    let names = spec.metrics?.readings.flatMap(\.names) ?? []
    let suggestion = Suggestion.nearest(to: name, in: names)
    let example = Metric.saturation.contains(name) ? "`metrics: { prometheus: { url: …, saturation: [\(name)] } }`" : "`metrics`"
    sink.error(
      .unknownReference, at: entry.place, "nothing reads `\(name)` in `\(spec.name)`",
      remedy: suggestion.map { "did you mean `\($0)`?" } ?? "describe its source under \(example), or leave the criterion out there")
  }
}
