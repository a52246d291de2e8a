import SlipwayModel

extension SlotWorkload {
  /// How many pods of the slot may go at once when nodes are emptied: a quarter, rounded up by the cluster, so that a single replica
  /// does not hold up a node for ever. Pods that are not ready may always go: a broken candidate must not hold one up either.
  package var disruptionBudgetDocument: ObjectDocument {
    var document = ObjectDocument(
      service.disruptionBudget(of: slot), labels: service.labels.merging([Label.slot: slot.rawValue]) { $1 })
    document.json["spec"] = [
      "maxUnavailable": "25%", "unhealthyPodEvictionPolicy": "AlwaysAllow",
      "selector": ["matchLabels": .texts(service.selector(of: slot))],
    ]
    return document
  }
}
