import SlipwayModel

/// Checks `depends_on`: every name known, no service that waits for itself.
struct DependencyCheck {
  let sink: DiagnosticSink

  func check(_ services: [Entry]) {
    let names = services.map(\.key)
    let known = Set(names)
    var dependencies: [String: [(name: String, place: Place)]] = [:]
    for service in services {
      for item in service.value["depends_on"]?.items ?? [] {
        guard let scalar = item.scalar else { continue }
        if known.contains(scalar.text) {
          dependencies[service.key, default: []].append((scalar.text, item.place))
        } else {
          let suggestion = scalar.isInterpolated ? nil : Suggestion.nearest(to: scalar.text, in: names)
          sink.error(
            .unknownReference, at: item.place, "there is no service `\(scalar.shown)` to depend on",
            remedy: suggestion.map { "did you mean `\($0)`?" } ?? "the services are: " + names.joined(separator: ", "))
        }
      }
    }
    reportCycles(among: names, dependencies)
  }

  /// Depth-first search; an edge back into the path walked closes a cycle, and is reported where it stands.
  private func reportCycles(among names: [String], _ dependencies: [String: [(name: String, place: Place)]]) {
    var done: Set<String> = []
    func visit(_ name: String, path: [String]) {
      guard !done.contains(name) else { return }
      let path = path + [name]
      for dependency in dependencies[name] ?? [] where !sink.isFull {
        if let start = path.firstIndex(of: dependency.name) {
          let cycle = (path[start...] + [dependency.name]).joined(separator: " → ")
          sink.error(
            .dependencyCycle, at: dependency.place, "services wait for each other in a circle: \(cycle)",
            remedy: "remove one of these dependencies")
        } else {
          visit(dependency.name, path: path)
        }
      }
      done.insert(name)
    }
    for name in names { visit(name, path: []) }
  }
}

/// Checks that each environment has what its target needs.
struct RequirementCheck {
  let sink: DiagnosticSink

  private struct Gap: Hashable {
    let service: String
    let key: String
    let place: Place
    let target: TargetKind
  }

  func check(_ readings: [EnvironmentReading]) {
    var gaps: [Gap] = []
    var environments: [Gap: [String]] = [:]
    for reading in readings {
      for gap in self.gaps(in: reading) {
        if environments[gap] == nil { gaps.append(gap) }
        environments[gap, default: []].append("`\(reading.entry.key)`")
      }
      checkAddresses(of: reading)
    }
    for gap in gaps {
      let example = Scope.service.key(gap.key)?.example ?? ""
      let places = (environments[gap] ?? []).joined(separator: ", ")
      sink.error(
        .missingKey, at: gap.place,
        "the service `\(gap.service)` has no `\(gap.key)`, which the \(gap.target.rawValue) target of \(places) needs",
        remedy: "add for example `\(gap.key): \(example)`")
    }
  }

  private func gaps(in reading: EnvironmentReading) -> [Gap] {
    guard let target = reading.target else { return [] }
    let needed: [String] =
      switch target {
      case .local: ["artifact", "run"]
      case .kubernetes: ["image"]
      case .simulated: []
      }
    return reading.services.flatMap { service in
      needed.filter { View(service.value).lacks($0, of: .service) }.map {
        Gap(service: service.key, key: $0, place: service.place, target: target)
      }
    }
  }

  private func checkAddresses(of reading: EnvironmentReading) {
    let environment = View(reading.entry.value)
    let place = reading.entry.place
    let name = reading.entry.key
    guard let target = reading.target else { return }
    switch target {
    case .simulated: return
    case .kubernetes:
      if environment.lacks("namespace", of: .environment) {
        sink.error(
          .missingKey, at: place, "the environment `\(name)` has no `namespace`, which its kubernetes target needs",
          remedy: "add for example `namespace: \(name)`")
      }
    case .local:
      let services = reading.services.map(\.key)
      guard let listen = environment.entry("listen"), !listen.value.isNull else {
        guard environment.entry("listen") != nil || environment.lacks("listen", of: .environment) else { return }
        let example = services.count == 1 ? "127.0.0.1:8000" : "{ \(services.first ?? "api"): 127.0.0.1:8000 }"
        sink.error(
          .missingKey, at: place, "the environment `\(name)` does not say where to `listen`", remedy: "add for example `listen: \(example)`"
        )
        return
      }
      guard let entries = listen.value.entries else { return }
      for service in services where Name(service) != nil && !entries.contains(where: { $0.key == service }) {
        sink.error(
          .missingKey, at: listen.place, "`listen` of `\(name)` has no address for the service `\(service)`",
          remedy: "add for example `\(service): 127.0.0.1:8000`")
      }
    }
  }
}

/// Checks that no two services listen at the same address, in one environment or in two.
struct AddressCheck {
  let sink: DiagnosticSink

  private struct Use {
    let address: ListenAddress
    let place: Place
    let shown: String
    let owner: String
  }

  func check(_ readings: [EnvironmentReading]) {
    var byPort: [Int: [Use]] = [:]
    let uses = readings.filter { $0.spec.target == .local }.flatMap { reading in
      reading.listenPlaces.compactMap { service, where_ -> Use? in
        guard let address = reading.spec.listen[service], address.port != 0 else { return nil }
        return Use(address: address, place: where_.place, shown: where_.shown, owner: "`\(service)` in `\(reading.spec.name)`")
      }
    }
    for use in uses.sorted(by: { ($0.place.line, $0.place.column, $0.owner) < ($1.place.line, $1.place.column, $1.owner) }) {
      if let first = byPort[use.address.port]?.first(where: { Self.overlap($0.address.host, use.address.host) }) {
        sink.error(
          .addressInUse, at: use.place, "\(use.owner) would listen at `\(use.shown)`, where \(first.owner) does (line \(first.place.line))",
          remedy: "choose another port, or port 0 for a free one")
      }
      byPort[use.address.port, default: []].append(use)
    }
  }

  private static func overlap(_ a: String, _ b: String) -> Bool {
    let everywhere: Set = ["0.0.0.0", "::", "*"]
    func plain(_ host: String) -> String { host == "localhost" ? "127.0.0.1" : host.lowercased() }
    return plain(a) == plain(b) || everywhere.contains(a) || everywhere.contains(b)
  }
}
