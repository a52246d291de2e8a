import SlipwayModel

/// One environment as read, with what the checks across environments need.
struct EnvironmentReading {
  let spec: EnvironmentSpec
  let entry: Entry
  /// `nil` when the file names one that there isn't.
  let target: TargetKind?
  /// The services with their overrides, by the place of their key in the base.
  let services: [Entry]
  /// Where each address of `listen` stands.
  let listenPlaces: [Name: (place: Place, shown: String)]
}

/// Reads one environment: lays its overrides over the base, then reads every part of the result.
struct EnvironmentReader {
  let sink: DiagnosticSink
  let base: View
  let unhonoured: [Unhonoured]

  func read(_ entry: Entry) -> EnvironmentReading? {
    guard let name = Name(entry.key), entry.value.entries != nil || entry.value.isNull else { return nil }
    let environment = View(entry.value)
    let strategyNode = StrategyReader.merged(base: base.entry("strategy")?.value, override: environment.entry("strategy")?.value)
    let strategy = StrategyReader(sink: sink).read(strategyNode, at: entry.place)
    let services = mergedServices(environment)
    let reader = ServiceReader(sink: sink, defaults: strategy.health)
    let specs = services.compactMap(reader.read).sorted { $0.name < $1.name }
    let (listen, places) = listen(of: environment, services: specs)
    let routingNode = merged("routing", environment)
    let replicas = environment.integer("replicas") ?? 1
    checkRolling(strategy, replicas: replicas, environment: entry.key, routing: View(routingNode))
    let target = environment.has("target") ? environment.text("target").flatMap { TargetKind(rawValue: $0) } : .local
    let metrics = MetricsReader(sink: sink, namespace: environment.text("namespace")).read(
      merged("metrics", environment), own: environment.entry("metrics")?.value)
    let spec = EnvironmentSpec(
      name: name, target: target ?? .local, listen: listen, replicas: replicas,
      services: specs, strategy: strategy.spec,
      rollback: RollbackReader().read(merged("rollback", environment), trigger: strategy.trigger),
      routing: RoutingReader(sink: sink).read(routingNode), metrics: metrics, branch: environment.text("branch"),
      namespace: environment.text("namespace"), url: environment.text("url"), unsupported: unsupported(in: entry.key),
      kubernetes: target == .kubernetes ? ClusterReader(sink: sink).read(environment) : nil,
      notify: NotifyReader(sink: sink).read(environment), gates: GatesReader(sink: sink).read(merged("gates", environment)))
    ReadingCheck(sink: sink, spec: spec).check([strategyNode, merged("rollback", environment)])
    return EnvironmentReading(spec: spec, entry: entry, target: target, services: services, listenPlaces: places)
  }

  private func merged(_ key: String, _ environment: View) -> Node? {
    let override = environment.entry(key)?.value
    return base.entry(key)?.value.overridden(by: override) ?? override
  }

  /// What this version can't do and the file states, for this environment or for all.
  private func unsupported(in environment: String) -> [String] {
    let paths = unhonoured.compactMap { stated -> String? in
      guard stated.path.first == "environments" else { return stated.path.joined(separator: ".") }
      return stated.path[1] == environment ? stated.path.dropFirst(2).joined(separator: ".") : nil
    }
    return Array(Set(paths)).sorted()
  }

  // MARK: Services

  private func mergedServices(_ environment: View) -> [Entry] {
    let overrides = environment.view("services")
    let bases = base.view("services").entries
    let names = bases.map(\.key)
    for override in overrides.entries where !names.contains(override.key) {
      let suggestion = Suggestion.nearest(to: override.key, in: names)
      sink.error(
        .unknownReference, at: override.place, "there is no service `\(override.key)` to override",
        remedy: suggestion.map { "did you mean `\($0)`?" } ?? "describe it under the top-level `services` first")
    }
    return bases.map { service in
      var value = service.value
      if let resources = environment.entry("resources") {
        value = value.overridden(by: Node(content: .mapping([resources]), place: resources.place))
      }
      return Entry(key: service.key, place: service.place, value: value.overridden(by: overrides.entry(service.key)?.value))
    }
  }

  // MARK: Addresses

  private func listen(of environment: View, services: [ServiceSpec])
    -> (addresses: [Name: ListenAddress], places: [Name: (place: Place, shown: String)])
  {
    guard let entry = environment.entry("listen") else { return ([:], [:]) }
    var addresses: [Name: ListenAddress] = [:]
    var places: [Name: (place: Place, shown: String)] = [:]
    func take(_ node: Node, for service: Name) {
      guard let scalar = node.scalar, let address = ListenAddress(scalar.text) else { return }
      addresses[service] = address
      places[service] = (node.place, scalar.shown)
    }
    if entry.value.scalar != nil {
      if services.count > 1 {
        sink.error(
          .conflictingKeys, at: entry.value.place, "one address can't be for \(services.count) services",
          remedy: "give each its own: listen: { \(services[0].name): 127.0.0.1:8000, \(services[1].name): 127.0.0.1:8001 }")
      } else if let only = services.first {
        take(entry.value, for: only.name)
      }
    }
    let names = services.map(\.name.description)
    for inner in entry.value.entries ?? [] {
      guard let service = Name(inner.key), names.contains(inner.key) else {
        let suggestion = Suggestion.nearest(to: inner.key, in: names)
        sink.error(
          .unknownReference, at: inner.place, "there is no service `\(inner.key)` to listen for",
          remedy: suggestion.map { "did you mean `\($0)`?" } ?? "the services are: " + names.joined(separator: ", "))
        continue
      }
      take(inner.value, for: service)
    }
    return (addresses, places)
  }

  // MARK: Rolling

  private func checkRolling(_ strategy: StrategyReading, replicas: Int, environment: String, routing: View) {
    guard case .rolling(let rolling) = strategy.spec else { return }
    let surge = rolling.maxSurge.replicas(of: replicas, roundedUp: true)
    let unavailable = rolling.maxUnavailable.replicas(of: replicas, roundedUp: false)
    if surge == 0, unavailable == 0 {
      sink.error(
        .noReplicaMoves, at: strategy.place,
        "`max_surge` and `max_unavailable` both come to no replica in `\(environment)`, so nothing could be replaced",
        remedy: "let one of them be at least 1, for example `max_surge: 1`")
    }
    if let mirror = routing.entry("mirror"), routing.percentage("mirror") ?? .zero > .zero {
      sink.error(
        .conflictingKeys, at: mirror.place,
        "`mirror` does not go with `rolling` in `\(environment)`: the candidate's first replicas have no room for copies",
        remedy: "choose blue_green or canary there, or say `routing: { mirror: 0% }` in that environment")
    }
  }
}
