import SlipwayModel

extension ClusterState {
  mutating func noteAutoscaler(_ change: Change) {
    let name = change.object.name
    func target(_ object: StoredObject?) -> ObjectName? {
      guard let reference = object?.json["spec", "scaleTargetRef"], reference["kind"]?.text == "Deployment",
        let target = reference["name"]?.text
      else { return nil }
      return ObjectName(name.namespace, target)
    }
    if let old = target(change.before) { autoscalers[old]?.remove(name.name) }
    guard change.sort != .deleted else { return }
    if let new = target(change.object) { autoscalers[new, default: []].insert(name.name) }
    if change.object.json["spec"] != change.before?.json["spec"] { work.add(name, to: .autoscalers) }
  }

  /// Keeps a Deployment between the bounds of its autoscaler. No load is measured: within the bounds nothing is scaled.
  mutating func reconcileAutoscaler(_ name: ObjectName) {
    let now = now
    guard let scaler = self[.autoscaler, name] else {
      nextAutoscaling[name] = nil
      return
    }
    guard let target = scaler.json["spec", "scaleTargetRef", "name"]?.text, scaler.json["spec", "scaleTargetRef", "kind"] == "Deployment"
    else { return }
    let deployment = ObjectName(name.namespace, target)
    let current = self[.deployment, deployment]?.json["spec", "replicas"]?.integer
    let low = scaler.json["spec", "minReplicas"]?.integer ?? 1
    let high = scaler.json["spec", "maxReplicas"]?.integer ?? low
    var wanted = current ?? 0
    // A Deployment at 0 is left there: scaling is switched off.
    if let current, current > 0 { wanted = min(max(current, low), high) }
    let isDue = scaler.json["status"] == nil || nextAutoscaling[name].map { now >= $0 } ?? true
    guard isDue else {
      if let next = nextAutoscaling[name] { work.add(name, to: .autoscalers, at: next) }
      return
    }
    nextAutoscaling[name] = now + settings.autoscalerPeriod
    work.add(name, to: .autoscalers, at: now + settings.autoscalerPeriod)
    if wanted != current, current != nil {
      change(.deployment, deployment) { $0.set(.integer(wanted), at: ["spec", "replicas"]) }
      let bound = wanted > current ?? 0 ? "below Spec.MinReplicas" : "above Spec.MaxReplicas"
      record(
        .autoscaler, scaler, type: "Normal", reason: "SuccessfulRescale",
        message: "New size: \(wanted); reason: Current number of replicas \(bound)", from: "horizontal-pod-autoscaler")
    }
    change(.autoscaler, name) { json in
      var status = json["status"] ?? [:]
      status["currentReplicas"] = .integer(current ?? 0)
      status["desiredReplicas"] = .integer(wanted)
      let isOff = current == 0
      status.setCondition(
        "AbleToScale", current == nil ? "False" : "True", reason: current == nil ? "FailedGetScale" : "SucceededGetScale",
        message: current == nil ? "the HPA controller was unable to get the target's current scale" : "", at: now)
      status.setCondition(
        "ScalingActive", isOff ? "False" : "True", reason: isOff ? "ScalingDisabled" : "ValidMetricFound",
        message: isOff ? "scaling is disabled since the replica count of the target is zero" : "", at: now)
      json["status"] = status
    }
  }
}
