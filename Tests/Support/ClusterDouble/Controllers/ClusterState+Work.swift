import SlipwayModel

extension ClusterState {
  /// When something will be due next; `nil` when nothing waits for a time.
  package var nextDue: Timestamp? { work.nextTimer }

  /// Lets controllers and nodes do what is due. Call it whenever time passed or something was written.
  ///
  /// - Returns: when something will be due next; `nil` when nothing waits for a time.
  @discardableResult
  package mutating func tick(_ time: Timestamp) -> Timestamp? {
    now = max(now, time)
    work.wake(at: now)
    while work.hasWork(except: stopped) {
      for controller in Controller.allCases where !stopped.contains(controller) {
        for name in work.take(controller) { reconcile(controller, name) }
      }
      work.wake(at: now)
    }
    return work.nextTimer
  }

  private mutating func reconcile(_ controller: Controller, _ name: ObjectName) {
    switch controller {
    case .deployments: reconcileDeployment(name)
    case .replicaSets: reconcileReplicaSet(name)
    case .kubelet: runPod(name)
    case .endpoints: reconcileEndpoints(name)
    case .autoscalers: reconcileAutoscaler(name)
    case .quotas: reconcileQuotas(in: name.namespace)
    case .routers: programRoutes(name)
    case .garbage: collectDependents(of: name.name)
    case .namespaces: reconcileNamespace(name)
    case .events: forgetOldEvents()
    }
  }

  /// Tells the controllers that a change concerns.
  mutating func noteWork(_ kind: KindID, _ change: Change) {
    let name = change.object.name
    switch kind {
    case .pod: notePod(change)
    case .replicaSet:
      work.add(name, to: .replicaSets)
      if let owner = change.object.controller, let ref = uids[owner], ref.kind == .deployment { work.add(ref.name, to: .deployments) }
    case .deployment:
      work.add(name, to: .deployments)
      for autoscaler in autoscalers[name] ?? [] { work.add(ObjectName(name.namespace, autoscaler), to: .autoscalers) }
    case .service:
      selectors.set(change.sort == .deleted ? [:] : change.object.json["spec", "selector"]?.texts ?? [:], for: name)
      work.add(name, to: .endpoints)
    case .endpointSlice:
      if let service = change.object.labels["kubernetes.io/service-name"] { work.add(ObjectName(name.namespace, service), to: .endpoints) }
    case .autoscaler: noteAutoscaler(change)
    case .resourceQuota: work.add(ObjectName(name.namespace, ""), to: .quotas)
    case .httpRoute, .ingress, .virtualService, .destinationRule:
      noteRoute(kind, change)
    case .namespace: work.add(name, to: .namespaces)
    case .definition: noteDefinition(change)
    default: break
    }
    if change.sort == .deleted {
      work.add(ObjectName("", change.object.uid), to: .garbage)
      if kind != .namespace, let space = self[.namespace, ObjectName("", name.namespace)], space.isBeingDeleted {
        work.add(space.name, to: .namespaces)
      }
    } else if change.sort == .added, !change.object.owners.isEmpty, change.object.owners.allSatisfy({ uids[$0] == nil }) {
      for owner in change.object.owners { work.add(ObjectName("", owner), to: .garbage) }
    }
  }

  private mutating func notePod(_ change: Change) {
    let name = change.object.name
    let wasBeingDeleted = change.before?.isBeingDeleted ?? false
    if change.sort == .added || change.object.isBeingDeleted != wasBeingDeleted { work.add(name, to: .kubelet) }
    if change.sort == .deleted { forgetPod(name) }
    if let owner = change.object.controller ?? change.before?.controller, let ref = uids[owner], ref.kind == .replicaSet {
      work.add(ref.name, to: .replicaSets)
    }
    for labels in Set([change.object.labels, change.before?.labels ?? change.object.labels]) {
      for service in selectors.selecting(labels, in: name.namespace) { work.add(service, to: .endpoints, at: now + settings.endpointsLag) }
    }
    if change.sort != .modified { work.add(ObjectName(name.namespace, ""), to: .quotas) }
  }
}
