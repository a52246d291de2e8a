import SlipwayModel

/// What the strategy of one environment comes to.
struct StrategyReading {
  var spec = StrategySpec.blueGreen(BlueGreenSpec())
  var health = HealthDefaults()
  /// From `rollback_threshold`.
  var trigger: Criterion?
  /// Of the key that chose the strategy, or of the environment.
  var place = Place.start
}

/// Reads `strategy`: exactly one kind, and what it needs.
struct StrategyReader {
  static let kinds = ["blue_green", "canary", "rolling", "ab_test"]

  let sink: DiagnosticSink

  /// `strategy: rolling` as `strategy: { rolling: {} }`, so that overrides merge the same way.
  static func normalised(_ node: Node?) -> Node? {
    guard let node, let scalar = node.scalar, kinds.contains(scalar.text) else { return node }
    let empty = Node(content: .mapping([]), place: node.place)
    return Node(content: .mapping([Entry(key: scalar.text, place: node.place, value: empty)]), place: node.place)
  }

  /// The base with an environment's strategy over it: another kind replaces the base's, the same kind is merged.
  static func merged(base: Node?, override: Node?) -> Node? {
    guard let override = normalised(override), !override.isNull else { return normalised(base) }
    guard let base = normalised(base), let baseEntries = base.entries else { return override }
    let chosen = enabledKinds(of: override).map(\.key)
    let kept = baseEntries.filter { chosen.isEmpty || chosen.contains($0.key) }
    return Node(content: .mapping(kept), place: base.place).overridden(by: override)
  }

  private static func enabledKinds(of node: Node) -> [Entry] {
    (node.entries ?? []).filter { kinds.contains($0.key) && $0.value["enabled"]?.scalar?.flag != false }
  }

  /// - Parameter place: of the environment, or of `strategy` in the base: for what has no better place.
  func read(_ node: Node?, at place: Place) -> StrategyReading {
    let enabled = node.map(Self.enabledKinds) ?? []
    if enabled.count > 1 {
      let others = enabled.map { "`\($0.key)`" }.joined(separator: " and ")
      sink.error(
        .conflictingKeys, at: enabled[1].place, "\(others) are given together; a rollout follows one strategy",
        remedy: "remove one, or say `enabled: false` in it")
    }
    var reading = StrategyReading(place: place)
    guard let entry = enabled.first else { return reading }
    reading.place = entry.place
    let view = View(entry.value)
    reading.health = HealthDefaults(
      endpoint: view.text("health_check_endpoint"), startupTimeout: view.duration("health_check_timeout"))
    reading.trigger = view.percentage("rollback_threshold").map {
      Criterion(metric: .errorRate, comparison: .greater, bound: .percentage($0))
    }
    switch entry.key {
    case "canary": reading.spec = .canary(canary(view, at: entry.place))
    case "rolling": reading.spec = .rolling(rolling(view))
    default: reading.spec = .blueGreen(blueGreen(view))
    }
    return reading
  }

  private func stages(_ items: [Node], of view: View) -> [StageSpec] {
    StageReader(sink: sink, minimumRequests: view.integer("min_requests") ?? 20).read(items)
  }

  private func blueGreen(_ view: View) -> BlueGreenSpec {
    let standard = BlueGreenSpec()
    return BlueGreenSpec(
      trafficShift: stages(view.items("traffic_shift"), of: view), keepPrevious: view.duration("keep_previous") ?? standard.keepPrevious,
      patience: view.duration("patience") ?? standard.patience,
      analysis: ComparisonReader(sink: sink).analysis(of: view, stages: view.items("traffic_shift")))
  }

  private func canary(_ view: View, at place: Place) -> CanarySpec {
    let stated = view.entry("stages")
    let isEmptyList = stated?.value.items?.isEmpty ?? stated?.value.isNull ?? true
    if isEmptyList, stated != nil || view.lacks("stages", of: .canary) {
      sink.error(
        .missingKey, at: stated?.place ?? place, "`canary` has no stages",
        remedy: "add for example `stages: [{ traffic: 10%, duration: 10m }]`")
    }
    let standard = CanarySpec(stages: [])
    return CanarySpec(
      stages: stages(view.items("stages"), of: view), keepPrevious: view.duration("keep_previous") ?? standard.keepPrevious,
      patience: view.duration("patience") ?? standard.patience,
      analysis: ComparisonReader(sink: sink).analysis(of: view, stages: view.items("stages")))
  }

  private func rolling(_ view: View) -> RollingSpec {
    let standard = RollingSpec()
    return RollingSpec(
      maxSurge: view.amount("max_surge") ?? standard.maxSurge, maxUnavailable: view.amount("max_unavailable") ?? standard.maxUnavailable,
      interval: view.duration("interval") ?? standard.interval, bake: view.duration("bake") ?? standard.bake)
  }
}
