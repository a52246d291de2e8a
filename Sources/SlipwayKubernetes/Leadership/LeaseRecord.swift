import SlipwayModel

/// What a Lease says (`coordination.k8s.io/v1`, LeaseSpec). Its times are for people: no decision compares them with a clock.
struct LeaseRecord: Hashable, Sendable {
  /// Empty: nobody.
  var holder: String
  /// For how long after a change the holder counts on being the leader.
  var duration: TimeSpan
  var acquired: String
  var renewed: String
  /// Our term: here it rises with every taking of the Lease, also by the same holder.
  var transitions: Int64

  init(holder: String, duration: TimeSpan, acquired: String, renewed: String, transitions: Int64) {
    (self.holder, self.duration, self.acquired) = (holder, duration, acquired)
    (self.renewed, self.transitions) = (renewed, transitions)
  }

  /// What an object says; fields that it lacks are as those of a Lease that nobody holds.
  init(of document: ObjectDocument) {
    let spec = document.spec
    holder = spec?["holderIdentity"]?.text ?? ""
    duration = .seconds(Int64(max(0, spec?["leaseDurationSeconds"]?.integer ?? 0)))
    acquired = spec?["acquireTime"]?.text ?? ""
    renewed = spec?["renewTime"]?.text ?? ""
    transitions = Int64(spec?["leaseTransitions"]?.integer ?? 0)
  }

  /// The same object with this in it: labels, annotations and the version that was read stay.
  func document(over present: ObjectDocument?, as key: ObjectKey) -> ObjectDocument {
    var document = present ?? ObjectDocument(key, labels: [Label.managedBy: Label.slipway])
    var spec = document.spec ?? [:]
    spec["holderIdentity"] = .text(holder)
    spec["leaseDurationSeconds"] = .integer(Int(max(1, duration.milliseconds / 1000)))
    spec["acquireTime"] = .text(acquired)
    spec["renewTime"] = .text(renewed)
    spec["leaseTransitions"] = .integer(Int(transitions))
    document.json["spec"] = spec
    return document
  }

  /// An instant as Kubernetes' `MicroTime`, which has to have six digits of a second.
  static func time(_ instant: Timestamp) -> String { instant.description.dropLast() + "000Z" }
}
