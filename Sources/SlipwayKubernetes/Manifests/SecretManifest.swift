import Foundation
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
    // Not `stringData`: the server turns that into `data` and forgets who wrote it, so a variable that is taken out would stay.
    document.json["data"] = .texts(values.mapValues { Data($0.utf8).base64EncodedString() })
    return document
  }
}
