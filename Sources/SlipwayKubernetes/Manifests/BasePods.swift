import SlipwayModel

extension BaseManifests {
  /// The container that the release is for.
  func container(of service: ManagedService) throws(SlipwayError) -> JSONValue {
    let (all, index) = try service.containers(of: deployment)
    return all[index]
  }

  /// The service with the ports of the base: those of its Service, or else port 80 to where the container listens.
  ///
  /// - Parameter port: what the file says, for a container that does not.
  package func managed(_ service: ManagedService, port: Int) throws(SlipwayError) -> ManagedService {
    if let own = self.service { return try service.with(portsOf: own) }
    let target: JSONValue =
      switch Self.port(of: try container(of: service)) {
      case .some((.some(let name), _)): .text(name)
      case .some((nil, let number)): .integer(number)
      case nil: .integer(port)
      }
    return try ManagedService(
      key: service.key, namespace: service.namespace,
      ports: [["name": "http", "port": 80, "targetPort": target, "protocol": "TCP"]])
  }

  /// The port at which a container serves: the one called `http`, or else its first one.
  static func port(of container: JSONValue) -> (name: String?, number: Int)? {
    let ports = (container["ports"]?.items ?? []).compactMap { port in
      port["containerPort"]?.integer.map { (name: port["name"]?.text, number: $0) }
    }
    return ports.first { $0.name == SlotWorkload.portName } ?? ports.first
  }
}

extension SlotWorkload {
  /// What a user's container lacks for a rollout. What it states is never changed.
  ///
  /// - Variables that say what it is (`SLIPWAY_…`), and `PORT`.
  /// - The file's probes where it has none; with some, a readiness probe alone: without one every process would count as ready.
  /// - The file's resources where it states none.
  /// - Time to go on while its endpoint disappears, where it has no hook; the pod's grace period grows by that.
  func completed(_ container: JSONValue, in pod: inout JSONValue) -> JSONValue {
    var container = container
    let stated = Set((container["env"]?.items ?? []).compactMap { $0["name"]?.text })
    let serving = BaseManifests.port(of: container)
    let added = variables(port: serving?.number ?? port).filter { variable in
      variable["name"]?.text.map { !stated.contains($0) && $0 != "SLIPWAY_SCRATCH" } ?? false
    }
    container["env"] = .list((container["env"]?.items ?? []) + added)
    let isProbed = probes.keys.contains { container[$0] != nil }
    for (name, probe) in probes where container[name] == nil && (!isProbed || name == "readinessProbe") {
      var probe = probe
      probe["httpGet"]?["port"] = serving?.name.map { .text($0) } ?? .integer(serving?.number ?? port)
      container[name] = probe
    }
    if container["resources"]?.members?.isEmpty ?? true, let resources = resourceRequirements { container["resources"] = resources }
    if container["lifecycle"]?["preStop"] == nil {
      var lifecycle = container["lifecycle"] ?? [:]
      lifecycle["preStop"] = preStop
      container["lifecycle"] = lifecycle
      let grace = pod["terminationGracePeriodSeconds"]?.integer ?? workload.service.shutdown.grace.wholeSeconds
      pod["terminationGracePeriodSeconds"] = .integer(drainSeconds + grace)
    }
    return container
  }

  /// The objects of the slot made from a base, in the order in which they are applied.
  func objects(from base: BaseManifests) throws(SlipwayError) -> [ObjectDocument] {
    let configuration = workload.release.configuration
    let released = base.withReleasedConfiguration { document, content in
      // The configuration's digest is made with this installation's key; a Secret's content tells nothing of it.
      document.isA(.secret) ? configuration.hexadecimal : Digest(hashing: content.utf8).hexadecimal
    }
    let own = released.configuration.map { document in
      var copy = document
      copy.json["metadata"] = [
        "name": .text(document.name ?? ""), "namespace": .text(service.namespace.description),
        // Two slots may share it, so it says nothing of a slot or a release.
        "labels": .texts(document.labels.merging(service.labels) { $1 }),
      ]
      return copy
    }
    var budget = disruptionBudgetDocument
    if let users = base.disruptionBudget, let spec = users.spec {
      budget.json["spec"] = spec
      budget.json["spec"]?["selector"] = ["matchLabels": .texts(service.selector(of: slot))]
    }
    let autoscaler = base.autoscaler?.copy(for: slot, of: service).lifted(to: workload.replicas).document
    let deployment = try deployment(from: released.deployment)
    return [secretDocument].compactMap { $0 } + own + [serviceDocument, budget] + [autoscaler, deployment].compactMap { $0 }
  }
}

extension ManagedService {
  /// The service's own Service as a base has it, selecting nobody yet: for a namespace where there is none.
  func firstRoot(from user: ObjectDocument) -> ObjectDocument {
    var labels = labels
    // What Slipway manages as a whole it would write as a whole.
    labels[Label.managedBy] = nil
    var document = ObjectDocument(
      root, labels: user.labels.merging(labels) { $1 }, annotations: user.annotations.filter { !SlotWorkload.isNote($0.key) })
    document.json["spec"] = user.spec ?? [:]
    document.json["spec"]?["selector"] = .texts(selector(of: .nobody))
    return document
  }
}
