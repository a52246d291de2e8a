import SlipwayModel

/// Reads a checked tree into a project, and checks what concerns several parts of it.
struct ProjectReader {
  let sink: DiagnosticSink
  let unhonoured: [Unhonoured]

  /// `nil` when the tree has no usable name or environment, which is then reported.
  func read(_ root: Node, _ stated: inout StatedKeys) -> Project? {
    let view = View(root)
    for (key, example) in [
      ("project", "project: my-service"), ("services", "services: { api: { artifact: dist, run: ./api } }"),
      ("environments", "environments: { local: { listen: 127.0.0.1:8000 } }"),
    ] {
      requireTop(key, of: view, root: root, example: example)
    }
    if let strategy = view.entry("strategy") {
      // The base is read by itself too: its mistakes count even where every environment overrides it.
      _ = StrategyReader(sink: sink).read(StrategyReader.normalised(strategy.value), at: strategy.place)
    }
    let reader = EnvironmentReader(sink: sink, base: view, unhonoured: unhonoured)
    let services = view.view("services").entries.count
    let entries = view.view("environments").entries
    // Counts above the limits have been reported; reading them all would only cost time.
    guard services <= 200, entries.count <= 100, !sink.isFull else { return nil }
    let readings = entries.compactMap(reader.read)
    stated = StatedKeys(readings, file: sink.file)
    for reading in readings {
      DependencyCheck(sink: sink).check(reading.services)
      checkOrigin(of: reading, among: entries.map(\.key))
      noteUnusedAddresses(of: reading)
    }
    RequirementCheck(sink: sink).check(readings)
    ClusterCheck(sink: sink).check(readings)
    AddressCheck(sink: sink).check(readings)
    guard let name = view.text("project").flatMap({ Name($0) }) else { return nil }
    return Project(name: name, environments: readings.map(\.spec).sorted { $0.name < $1.name })
  }

  private func requireTop(_ key: String, of view: View, root: Node, example: String) {
    guard let entry = view.entry(key) else {
      guard view.lacks(key, of: .root) else { return }
      sink.error(.missingKey, at: root.place, "the file has no `\(key)`", remedy: "add for example `\(example)`")
      return
    }
    if key == "project" { return }
    if entry.value.isNull || entry.value.entries?.isEmpty == true {
      sink.error(.missingKey, at: entry.place, "`\(key)` is empty", remedy: "add for example `\(example)`")
    }
  }

  private func checkOrigin(of reading: EnvironmentReading, among names: [String]) {
    guard let origin = View(reading.entry.value).entry("promote_from"), let scalar = origin.value.scalar else { return }
    if scalar.text == reading.entry.key {
      sink.error(
        .unknownReference, at: origin.value.place, "an environment can't be promoted from itself", remedy: "name the one before it")
    } else if !names.contains(scalar.text) {
      let suggestion = scalar.isInterpolated ? nil : Suggestion.nearest(to: scalar.text, in: names)
      sink.error(
        .unknownReference, at: origin.value.place, "there is no environment `\(scalar.shown)`",
        remedy: suggestion.map { "did you mean `\($0)`?" } ?? "the environments are: " + names.joined(separator: ", "))
    }
  }

  private func noteUnusedAddresses(of reading: EnvironmentReading) {
    guard reading.spec.target != .local, let listen = View(reading.entry.value).entry("listen") else { return }
    sink.warning(
      .noEffect, at: listen.place, "`listen` is for the embedded proxy of `target: local`, so it does nothing here",
      remedy: "remove it, or let the environment have `target: local`")
  }
}
