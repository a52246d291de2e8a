import SlipwayModel

/// Reads `gates` of one environment, or those of the base where it has none.
struct GatesReader {
  let sink: DiagnosticSink

  /// `nil` when there are none, so that the plan stays as it would be without the key.
  func read(_ list: Node?) -> [GateSpec]? {
    var names: Set<Name> = []
    let gates = (list?.items ?? []).compactMap { item -> GateSpec? in
      guard item.entries != nil, let gate = read(item) else { return nil }
      if !names.insert(gate.name).inserted {
        sink.error(
          .duplicateName, at: View(item).entry("name")?.value.place ?? item.place, "there are two gates `\(gate.name)`",
          remedy: "call one of them otherwise: a pass of the one must not be taken for the other's")
      }
      return gate
    }
    return gates.isEmpty ? nil : gates
  }

  private func read(_ item: Node) -> GateSpec? {
    let view = View(item)
    if view.lacks("name", of: .gate) {
      sink.error(.missingKey, at: item.place, "the gate has no name", remedy: "add for example `name: change-freeze`")
    }
    guard let means = means(of: view, at: item.place), let name = view.text("name").flatMap({ Name($0) }) else { return nil }
    return GateSpec(
      name: name, before: view.text("before").flatMap { GateSpec.Place(rawValue: $0) } ?? .deploy,
      timeout: view.duration("timeout") ?? GateSpec.standardTimeout, means: means)
  }

  private func means(of view: View, at place: Place) -> GateSpec.Means? {
    let (command, webhook) = (view.entry("command"), view.entry("webhook"))
    if let command, let webhook {
      let isCommandFirst = (command.place.line, command.place.column) < (webhook.place.line, webhook.place.column)
      sink.error(
        .conflictingKeys, at: (isCommandFirst ? webhook : command).place, "a gate is a `command` or a `webhook`, not both",
        remedy: "write two gates: both then have to pass")
      return nil
    }
    if let webhook {
      guard let scalar = webhook.value.scalar else { return nil }
      let reader = AccessReader(sink: sink)
      reader.refuseCredentials(in: scalar, at: webhook.value.place)
      return .webhook(url: scalar.text, access: reader.read(view))
    }
    if let command {
      for key in Keys.access {
        guard let entry = view.entry(key.name) else { continue }
        sink.warning(.noEffect, at: entry.place, "`\(key.name)` is for a `webhook`, so it does nothing here", remedy: "remove it")
      }
      let arguments = (command.value.items ?? []).compactMap { $0.scalar?.text }
      if command.value.items?.isEmpty == true {
        sink.error(
          .missingKey, at: command.place, "`command` does not say what is run", remedy: "write for example `command: [./may-deploy.sh]`")
      }
      return arguments.isEmpty ? nil : .command(arguments)
    }
    if view.lacks("command", of: .gate), view.lacks("webhook", of: .gate) {
      sink.error(
        .missingKey, at: place, "the gate does not say what is asked",
        remedy: "add for example `command: [./may-deploy.sh]`, or a `webhook`")
    }
    return nil
  }
}
