import SlipwayModel

extension SlotWorkload {
  /// The Deployment of the slot. Its selector never changes from release to release.
  package var deploymentDocument: ObjectDocument {
    var document = ObjectDocument(service.deployment(of: slot), labels: labels, annotations: annotations)
    document.json["spec"] = deploymentSpec(template: podTemplate)
    return document
  }

  /// What Slipway says of a Deployment beside its pods, whoever has written those.
  func deploymentSpec(template: JSONValue) -> JSONValue {
    let ready = workload.service.health.minimumHealthyTime.wholeSeconds
    return [
      "replicas": .integer(workload.replicas),
      "selector": ["matchLabels": .texts(service.selector(of: slot))],
      "template": template,
      "minReadySeconds": .integer(ready),
      // The API wants more than minReadySeconds. The engine's own limit is the start-up time alone and acts first.
      "progressDeadlineSeconds": .integer(max(1, workload.service.health.startupTimeout.wholeSeconds) + ready),
      // Going back uses the other slot; these are for people who look.
      "revisionHistoryLimit": 3,
      // A slot's pods are replaced in place when a release is repeated or a person restarts them; it may be the live one.
      "strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": "25%", "maxUnavailable": 0]],
    ]
  }
}

extension JSONValue {
  /// An object of texts: labels, annotations, selectors.
  static func texts(_ members: [String: String]) -> JSONValue {
    .object(members.mapValues { .text($0) })
  }
}
