import SlipwayModel
import SlipwayPorts

extension KubernetesPlace {
  func ensure(_ workload: Workload, _ operation: Operation) async throws {
    let fence = Fence(epoch: operation.epoch, sequence: operation.sequence, term: clusters.term)
    let plain = try self.service(workload.key)
    let workload = workload.with(replicas: try await capacity(for: workload, plain))
    let slot = try await slotWorkload(of: workload, fence: fence)
    let service = slot.service
    let writer = try writer(workload.key, operation)
    try await writer.fenceAll(written(service))
    if let user = slot.base?.service { try await makeRoot(service.firstRoot(from: user), writer) }
    let autoscaler = try await autoscaler(of: workload.slot, service)
    if let autoscaler { try await lift(autoscaler, to: workload.replicas, writer) }
    try await hold(workload.slot.other, service, writer)
    var before: ObjectDocument?
    for document in try slot.objects() {
      guard let object = document.key(in: spec.namespace) else { continue }
      // One of another name scales it already: two would pull at it.
      if document.isA(.horizontalPodAutoscaler), let autoscaler, autoscaler != object { continue }
      try await writer.write(object) { present in
        guard object.kind == .deployment else { return .apply(document) }
        before = present
        return .apply(document.asRunning(present, keepsReplicas: autoscaler != nil, of: workload))
      }
    }
    // A router may name both slots from the first release on, and refuses what names a Service that is not there.
    let other = service.service(of: workload.slot.other)
    try await writer.write(other) { $0 == nil ? .apply(service.document(of: workload.slot.other)) : nil }
    if let before { try await removeConfiguration(of: before, writer, service, workload.slot) }
  }

  /// Everything that the slot's objects are made from.
  func slotWorkload(of workload: Workload, fence: Fence? = nil) async throws -> SlotWorkload {
    let plain = try service(workload.key)
    let base = try workload.service.manifests?.values.map { content throws(SlipwayError) in
      try BaseManifests(content: content, of: plain)
    }
    let service = try base.map { base throws(SlipwayError) in
      try base.managed(plain, port: workload.service.port ?? SlotWorkload.defaultPort)
    }
    let root = try await view().client.get(plain.root, ClusterCall("look at \(plain.root)"))
    return SlotWorkload(
      service: service ?? plain, workload: workload, image: try image(of: workload), fence: fence, hiddenFrom: root.map { [$0] } ?? [],
      base: base)
  }

  /// Makes the service's own Service as a base has it, where there is none. Later it is the user's, but for its selector.
  private func makeRoot(_ document: ObjectDocument, _ writer: FencedWriter) async throws {
    guard let key = document.key(in: spec.namespace) else { return }
    let client = try view().client
    guard try await client.get(key, ClusterCall("look at \(key)")) == nil else { return }
    do {
      // Created and not applied: an apply of the selector alone would take away what an earlier one had stated.
      _ = try await client.create(document, as: key, ClusterCall("make \(key)"))
    } catch let error as SlipwayError where error.code == .objectExists {
      // Somebody was quicker, or an attempt whose answer was lost.
    }
    try await writer.fenceAll([key])
  }

  /// Takes the pods of a slot away, by the shutdown that their own specification describes, and waits until they are gone.
  ///
  /// - Throws: `slot-has-traffic` while the slot has a share; `pods-remain` when they don't go.
  func retire(_ key: DeploymentKey, slot: Slot, _ operation: Operation) async throws {
    let service = try service(key)
    let writer = try writer(key, operation)
    try await writer.fenceAll(written(service))
    if let split = try await splitInForce(service), split.weight(of: slot) > .zero {
      throw SlipwayError(
        .slotHasTraffic, .refused, "the \(slot.rawValue) slot of \(key) can't be retired: it gets \(split.weight(of: slot)) of the traffic",
        remedy: "send the traffic to the other slot first")
    }
    var grace = TimeSpan.seconds(30)
    try await writer.write(service.deployment(of: slot)) { present in
      guard let present else { return nil }
      if let seconds = present.json[path: ["spec", "template", "spec", "terminationGracePeriodSeconds"]]?.integer {
        grace = .seconds(Int64(seconds))
      }
      if present.spec?["replicas"]?.integer == 0 { return nil }
      return .patch(service.deployment(of: slot), [.add("/spec/replicas", 0)])
    }
    try await restoreAutoscalers(service, writer)
    try await waitUntilGone(service, slot, within: grace + .seconds(30))
  }

  private func waitUntilGone(_ service: ManagedService, _ slot: Slot, within limit: TimeSpan) async throws {
    let view = try view()
    let cache = view.cache(.pod)
    let deadline = clock.now() + limit
    let index = service.key.description
    while true {
      let seen = cache.changes(under: index)
      try await view.require([.pod], within: .seconds(10))
      let left = cache.objects(under: index).filter { $0.labels[Label.slot] == slot.rawValue && PodReading($0)?.isOver != true }
      if left.isEmpty { return }
      let rest = deadline - clock.now()
      guard rest > .zero else {
        throw SlipwayError(
          .podsRemain, .broken, "\(left.count) pods of \(service.name(of: slot)) are still there after \(limit)",
          remedy: "look at `kubectl -n \(spec.namespace) get pods -l \(Label.slot)=\(slot.rawValue)`; the rollout tries again")
      }
      // A look now and then as well: a watch that is interrupted wakes nobody.
      try await cache.wait(past: seen, under: index, within: min(rest, .seconds(2)))
    }
  }
}

extension ObjectDocument {
  /// The Deployment of a slot as it is applied over one that is there: what an autoscaler has added stays, and so do the labels of pods that
  /// run this release already. Which of them are hidden from a Service depends on that Service, and no pod is to restart for it.
  fileprivate func asRunning(_ present: ObjectDocument?, keepsReplicas: Bool, of workload: Workload) -> ObjectDocument {
    var document = self
    if keepsReplicas, let running = present?.spec?["replicas"]?.integer, running > workload.replicas {
      document.json["spec"]?["replicas"] = .integer(running)
    }
    if present?.release == workload.release, let labels = present?.json[path: ["spec", "template", "metadata", "labels"]] {
      document.json["spec"]?["template"]?["metadata"]?["labels"] = labels
    }
    return document
  }

  /// The key of a document of a kind that Slipway makes; `nil` for other kinds.
  func key(in namespace: Name) -> ObjectKey? {
    let kinds: [ResourceKind] = [
      .deployment, .service, .secret, .configMap, .podDisruptionBudget, .horizontalPodAutoscaler, .ingress, .virtualService,
      .destinationRule, .httpRoute,
    ]
    guard let name, let kind = kinds.first(where: { $0.kind == json["kind"]?.text }) else { return nil }
    return ObjectKey(kind, namespace: namespace.description, name: name)
  }
}

extension SlipwayError.Code {
  static let podsRemain = Self("pods-remain")
}
