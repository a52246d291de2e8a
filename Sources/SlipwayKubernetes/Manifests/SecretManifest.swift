import SlipwayModel

extension SlotWorkload {
  /// The configured variables of the slot's release; `nil` when there are none.
  ///
  /// No digest of the values is written anywhere: who may read pods but not Secrets could try out values against it. The pods'
  /// annotation `slipway.dev/configuration` changes with the values, and it is made with this installation's key.
  package var secretDocument: ObjectDocument? {
    guard let values = workload.service.variables.values, !values.isEmpty else { return nil }
    var document = ObjectDocument(service.secret(of: slot), labels: labels, annotations: annotations)
    document.json["type"] = "Opaque"
    // As text: the server encodes it. A value read back stands in `data` only.
    document.json["stringData"] = .texts(values)
    return document
  }
}
