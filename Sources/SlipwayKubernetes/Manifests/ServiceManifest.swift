import SlipwayModel

extension SlotWorkload {
  /// The Service of the slot, whose selector never changes. It does not know releases, so it is written once.
  package var serviceDocument: ObjectDocument { service.document(of: slot) }
}

extension ManagedService {
  /// The Service of a slot.
  package func document(of slot: Slot) -> ObjectDocument {
    document(service(of: slot), selection: .only(slot), labels: labels.merging([Label.slot: slot.rawValue]) { $1 })
  }

  /// The service's own Service, complete: for one that Slipway made.
  package func rootDocument(selecting selection: Selection) -> ObjectDocument {
    document(root, selection: selection, labels: labels)
  }

  private func document(_ key: ObjectKey, selection: Selection, labels: [String: String]) -> ObjectDocument {
    var document = ObjectDocument(key, labels: labels)
    document.json["spec"] = ["type": "ClusterIP", "ports": .list(ports), "selector": .texts(selector(of: selection))]
    return document
  }
}
