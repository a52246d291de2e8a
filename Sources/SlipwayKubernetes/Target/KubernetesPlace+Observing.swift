import SlipwayModel
import SlipwayPorts

extension KubernetesPlace {
  /// What runs in both slots and the split in force, from what watches have told: only trouble costs calls.
  func observe(_ key: DeploymentKey) async throws -> WorldObservation {
    let service = try service(key)
    let view = try view()
    try await view.require([.deployment, .replicaSet, .pod, .endpointSlice], within: .milliseconds(1200))
    let split = try await splitInForce(service)
    async let blue = observation(of: .blue, service, view)
    async let green = observation(of: .green, service, view)
    return await WorldObservation(at: clock.now(), blue: blue, green: green, split: split)
  }

  private func observation(of slot: Slot, _ service: ManagedService, _ view: NamespaceView) async -> SlotObservation {
    let index = service.key.description
    func ofSlot(_ kind: ResourceKind) -> [ObjectDocument] {
      view.cache(kind).objects(under: index).filter { $0.labels[Label.slot] == slot.rawValue }
    }
    let objects = SlotObjects(
      deployment: view.cache(.deployment).object(service.name(of: slot)), replicaSets: ofSlot(.replicaSet), pods: ofSlot(.pod),
      slices: view.cache(.endpointSlice).objects(under: service.service(of: slot).name))
    let (lines, probe) = await notes(on: objects.pods.compactMap { PodReading($0) }, view)
    let now = clock.now()
    return view.remembering(service.key, slot) { memory in
      SlotReader.observation(
        of: objects, release: objects.deployment?.release, memory: &memory, lastLines: { lines[$0.uid] ?? [] }, failedProbe: probe, at: now)
    }
  }

  /// Asks about pods that have ended or are not ready, each once in a while.
  private func notes(on pods: [PodReading], _ view: NamespaceView) async -> (lines: [String: [String]], probe: String?) {
    // One of each at most: a look has two seconds.
    let ended = pods.filter { $0.restarts > 0 && !$0.isTerminating && !$0.isOver }
      .max { ($0.termination?.at?.milliseconds ?? 0) < ($1.termination?.at?.milliseconds ?? 0) }
    let silent = pods.first { pod in
      guard !pod.isReady, !pod.isTerminating, !pod.isOver, pod.waiting == nil, pod.unschedulable == nil, let since = pod.readinessSince
      else {
        return false
      }
      return clock.now() - since > .seconds(3)
    }
    async let lines = lastLines(of: ended, view)
    async let probe = failedProbe(of: silent, view)
    return await (lines, probe)
  }

  private func lastLines(of pod: PodReading?, _ view: NamespaceView) async -> [String: [String]] {
    guard let pod else { return [:] }
    return [pod.uid: await view.notes.lastLines(of: pod)]
  }

  private func failedProbe(of pod: PodReading?, _ view: NamespaceView) async -> String? {
    guard let pod else { return nil }
    return await view.notes.failedProbe(of: pod)
  }
}

extension ObjectDocument {
  /// Which release an object was written for, by its annotations; `nil` when Slipway has not written it.
  var release: Release? {
    let annotations = annotations
    guard let version = annotations[Annotation.version].flatMap({ Version($0) }),
      let artifact = annotations[Annotation.artifact].flatMap({ Digest($0) }),
      let configuration = annotations[Annotation.configuration].flatMap({ Digest($0) })
    else { return nil }
    return Release(version: version, artifact: artifact, configuration: configuration)
  }
}
