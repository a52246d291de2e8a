import SlipwayModel

/// A HorizontalPodAutoscaler of a slot. During a rollout its floor is lifted, so that it does not take away replicas that a share, or the
/// way back, needs: a slot without traffic looks idle to it (flagger #1600, argo #3372).
package struct Autoscaler: Hashable, Sendable {
  package let document: ObjectDocument

  package init(_ document: ObjectDocument) { self.document = document }

  /// Whether it scales this Deployment.
  package func targets(_ deployment: ObjectKey) -> Bool {
    let target = document.json[path: ["spec", "scaleTargetRef"]]
    return target?["kind"]?.text == deployment.kind.kind && target?["name"]?.text == deployment.name
  }

  /// The fewest replicas that it allows; the API's default is 1.
  package var floor: Int { document.json[path: ["spec", "minReplicas"]]?.integer ?? 1 }
  package var ceiling: Int { document.json[path: ["spec", "maxReplicas"]]?.integer ?? floor }

  /// The same with at least so many replicas, and the numbers before the rollout in annotations. Lifted again it keeps the first ones.
  /// It is never lowered by this: a floor that is higher stays.
  package func lifted(to replicas: Int) -> Autoscaler {
    guard replicas > floor else { return self }
    var json = document.json
    var notes = document.annotations
    if notes[Annotation.floor] == nil {
      notes[Annotation.floor] = json[path: ["spec", "minReplicas"]]?.integer.map { String($0) } ?? Self.unset
    }
    json["spec"]?["minReplicas"] = .integer(replicas)
    if replicas > ceiling {
      notes[Annotation.ceiling] = notes[Annotation.ceiling] ?? String(ceiling)
      json["spec"]?["maxReplicas"] = .integer(replicas)
    }
    json["metadata"]?["annotations"] = .texts(notes)
    return Autoscaler(ObjectDocument(json))
  }

  /// The same with the numbers that it had before ``lifted(to:)``; itself when it is not lifted. Anything else that somebody changed in
  /// the meantime stays.
  package func restored() -> Autoscaler {
    var json = document.json
    var notes = document.annotations
    if let floor = notes.removeValue(forKey: Annotation.floor) {
      json["spec"]?["minReplicas"] = Int(floor).map { .integer($0) }
    }
    if let ceiling = notes.removeValue(forKey: Annotation.ceiling).flatMap({ Int($0) }) {
      json["spec"]?["maxReplicas"] = .integer(ceiling)
    }
    guard notes != document.annotations else { return self }
    json["metadata"]?["annotations"] = notes.isEmpty ? nil : .texts(notes)
    return Autoscaler(ObjectDocument(json))
  }

  /// The autoscaler of a slot, made from one that a user has for the Deployment that was adopted.
  package func copy(for slot: Slot, of service: ManagedService) -> Autoscaler {
    let labels = document.labels.merging(service.labels) { $1 }.merging([Label.slot: slot.rawValue]) { $1 }
    var copy = ObjectDocument(service.autoscaler(of: slot), labels: labels)
    copy.json["spec"] = document.json["spec"]
    copy.json["spec"]?["scaleTargetRef"] = [
      "apiVersion": .text(ResourceKind.deployment.apiVersion), "kind": .text(ResourceKind.deployment.kind),
      "name": .text(service.name(of: slot)),
    ]
    return Autoscaler(copy)
  }

  /// What turns this one into another as a JSON patch: the numbers and the annotations that ``lifted(to:)`` and ``restored()`` change,
  /// each behind a test of what was read, so that an edit in between is not undone.
  package func patch(to other: Autoscaler, at key: ObjectKey) -> ObjectChange? {
    var operations: [JSONPatch] = []
    for field in ["minReplicas", "maxReplicas"] {
      let (old, new) = (document.json[path: ["spec", field]], other.document.json[path: ["spec", field]])
      guard old != new else { continue }
      if let old { operations.append(.test("/spec/\(field)", old)) }
      operations.append(new.map { .add("/spec/\(field)", $0) } ?? .remove("/spec/\(field)"))
    }
    if document.annotations.isEmpty, !other.document.annotations.isEmpty { operations.append(.add("/metadata/annotations", [:])) }
    for name in [Annotation.ceiling, Annotation.floor] {
      let (old, new) = (document.annotations[name], other.document.annotations[name])
      guard old != new else { continue }
      operations.append(new.map { .add(JSONPatch.annotation(name), .text($0)) } ?? .remove(JSONPatch.annotation(name)))
    }
    return operations.isEmpty ? nil : .patch(key, operations)
  }

  private static let unset = "unset"
}
