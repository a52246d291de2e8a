import SlipwayModel

/// Everything that is known of a slot's objects at one moment.
struct SlotObjects: Sendable {
  let deployment: ObjectDocument?
  let replicaSets: [ObjectDocument]
  let pods: [ObjectDocument]
  /// The EndpointSlices of the slot's Service.
  let slices: [ObjectDocument]
}

/// Says what runs in a slot, from the objects of the cluster.
enum SlotReader {
  /// - Parameters:
  ///   - release: what the Deployment's annotations say; `nil` when there is none.
  ///   - exits: what is known of a pod's last end besides its status: its last lines, oldest first.
  static func observation(
    of objects: SlotObjects, release: Release?, memory: inout SlotMemory, lastLines: (PodReading) -> [String], failedProbe: String?,
    at now: Timestamp
  ) -> SlotObservation {
    let desired = objects.deployment?.spec?["replicas"]?.integer ?? (objects.deployment == nil ? 0 : 1)
    let all = objects.pods.compactMap { PodReading($0) }.filter { !$0.isOver }
    guard let deployment = objects.deployment, desired > 0 || !all.isEmpty else {
      memory.see([], release: nil, isReady: false, at: now)
      return SlotObservation()
    }
    let current = present(of: deployment, objects.replicaSets)
    let owned = Set(objects.pods.filter { pod in current.map { pod.isOwned(by: $0) } ?? false }.compactMap(\.uid))
    let pods = all.filter { owned.contains($0.uid) }
    let endpoints = readyEndpoints(objects.slices)
    let ready = pods.filter { $0.isReady && !$0.isTerminating && endpoints.contains($0.name) }
    let isReady = desired > 0 && ready.count >= desired
    // Before the controller has seen the newest specification nobody knows whose pods are whose.
    if current != nil { memory.see(pods, release: release, isReady: isReady, at: now) }
    let makers = [deployment] + (current.map { [$0] } ?? [])
    return SlotObservation(
      release: release, desiredReplicas: desired, readyReplicas: min(ready.count, desired), readySince: memory.readySince,
      consecutiveFailures: memory.failures(of: pods, at: now), restarts: pods.reduce(0) { $0 + $1.restarts },
      lastExit: lastExit(of: pods, lastLines), failedProbe: failedProbe, inFlight: 0,
      trouble: StartTrouble.find(in: pods.filter { !$0.isTerminating }, makers: makers, at: now))
  }

  /// The ReplicaSet of the Deployment's present template: the one with the highest revision, once the controller has seen the newest
  /// specification (apps/v1, `observedGeneration`).
  private static func present(of deployment: ObjectDocument, _ sets: [ObjectDocument]) -> ObjectDocument? {
    if let generation = deployment.generation, generation > deployment.status?["observedGeneration"]?.integer ?? 0 { return nil }
    // The two kinds are watched apart: the newest ReplicaSet that is known may be that of the release before.
    return sets.filter { $0.isOwned(by: deployment) && $0.labels[Label.release] == deployment.labels[Label.release] }
      .max { $0.revision < $1.revision }
  }

  /// Names of pods that a Service sends requests to (discovery.k8s.io/v1: an absent `ready` counts as true).
  static func readyEndpoints(_ slices: [ObjectDocument]) -> Set<String> {
    var names: Set<String> = []
    for endpoint in slices.flatMap({ $0.json["endpoints"]?.items ?? [] }) where endpoint[path: ["conditions", "ready"]]?.flag ?? true {
      if let name = endpoint[path: ["targetRef", "name"]]?.text { names.insert(name) }
    }
    return names
  }

  private static func lastExit(of pods: [PodReading], _ lastLines: (PodReading) -> [String]) -> ExitReport? {
    let ended = pods.filter { $0.restarts > 0 && $0.termination != nil }
    guard let pod = ended.max(by: { ($0.termination?.at?.milliseconds ?? 0) < ($1.termination?.at?.milliseconds ?? 0) }),
      let termination = pod.termination
    else { return nil }
    return ExitReport(
      at: termination.at ?? pod.createdAt ?? Timestamp(milliseconds: 0), status: termination.words, wasBound: true,
      lastLines: lastLines(pod))
  }
}

extension ObjectDocument {
  /// The controller's revision of a ReplicaSet (annotation `deployment.kubernetes.io/revision`); 0 before it has one.
  fileprivate var revision: Int { annotations["deployment.kubernetes.io/revision"].flatMap { Int($0) } ?? 0 }

  /// Whether another object is among the owners.
  func isOwned(by owner: ObjectDocument) -> Bool {
    guard let uid = owner.uid else { return false }
    return (json[path: ["metadata", "ownerReferences"]]?.items ?? []).contains { $0["uid"]?.text == uid }
  }
}
