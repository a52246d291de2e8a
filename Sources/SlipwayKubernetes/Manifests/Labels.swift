import SlipwayModel

/// Keys of the labels and annotations that Slipway writes, and what may stand in them.
package enum Label {
  package static let name = "app.kubernetes.io/name"
  package static let version = "app.kubernetes.io/version"
  package static let partOf = "app.kubernetes.io/part-of"
  package static let managedBy = "app.kubernetes.io/managed-by"
  /// The service of ``DeploymentKey``.
  package static let service = "slipway.dev/service"
  /// The environment of ``DeploymentKey``.
  package static let environment = "slipway.dev/environment"
  /// `blue` or `green`.
  package static let slot = "slipway.dev/slot"
  /// Which release: see ``release(_:)``.
  package static let release = "slipway.dev/release"
  /// Kubernetes' own: which Service an EndpointSlice belongs to.
  package static let serviceOfSlice = "kubernetes.io/service-name"

  /// The value of ``managedBy`` on what Slipway made itself; what it adopted keeps its own.
  package static let slipway = "slipway"

  /// The first digits of the artifact's and the configuration's digest: two releases of one version differ in it.
  package static func release(_ release: Release) -> String {
    "\(release.artifact.short)-\(release.configuration.short)"
  }

  /// A text as the value of a label: at most 63 characters of letters, digits, `-`, `_` and `.`, with a letter or digit at both ends.
  /// Others become `_`. The full text belongs in an annotation.
  package static func value(_ text: String) -> String {
    let safe = text.unicodeScalars.map { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "-_.".unicodeScalars.contains(scalar))
        ? Character(scalar) : "_"
    }
    var value = safe.drop { "-_.".contains($0) }.prefix(63)
    while let last = value.last, "-_.".contains(last) { value.removeLast() }
    return String(value)
  }
}

/// Keys of the annotations that Slipway writes.
package enum Annotation {
  /// Digest of the plan that the object was written for.
  package static let plan = "slipway.dev/plan-digest"
  package static let artifact = "slipway.dev/artifact"
  package static let configuration = "slipway.dev/configuration"
  package static let version = "slipway.dev/version"
  /// The writer's lease epoch: see ``Fence``.
  package static let epoch = "slipway.dev/epoch"
  /// The writer's term as the leader of its installation: see ``Fence``.
  package static let term = "slipway.dev/term"
  /// The writer's number within the epoch: see ``Fence``.
  package static let sequence = "slipway.dev/sequence"
  /// On what divides the traffic: the split it was written for, as JSON. It is believed only as far as the object agrees.
  package static let split = "slipway.dev/split"
  /// On the service's own Service: the selector that it had before Slipway's first release, as JSON.
  package static let selector = "slipway.dev/selector-before"
  /// On an autoscaler whose floor is lifted: `minReplicas` as it was, or `unset`.
  package static let floor = "slipway.dev/floor-before-rollout"
  /// On an autoscaler whose ceiling had to be lifted too: `maxReplicas` as it was.
  package static let ceiling = "slipway.dev/ceiling-before-rollout"
}

/// Who writes, so that a call that was on its way for too long changes nothing: `Operation.epoch` and `.sequence`.
package struct Fence: Hashable, Sendable {
  package let epoch: Int64
  package let sequence: Int
  /// Of the server that writes; `nil` for one that needs no Lease to drive.
  package let term: Int64?
  /// Whose writers are meant, on an object that several services write; `nil` on one that is a single service's.
  package let scope: String?

  package init(epoch: Int64, sequence: Int, term: Int64? = nil, scope: String? = nil) {
    (self.epoch, self.sequence, self.term, self.scope) = (epoch, sequence, term, scope)
  }

  /// What an object says of its last writer; `nil` when Slipway has never written it for this scope.
  package init?(of document: ObjectDocument, scope: String? = nil) {
    func number(_ annotation: String) -> Int64? { document.annotations[Self.name(annotation, scope)].flatMap { Int64($0) } }
    guard let epoch = number(Annotation.epoch), let sequence = number(Annotation.sequence) else { return nil }
    self.init(epoch: epoch, sequence: Int(sequence), term: number(Annotation.term), scope: scope)
  }

  /// Epochs are counted by service and environment, and several services may stand behind one Ingress, HTTPRoute or VirtualService:
  /// there each has annotations of its own.
  package static func scope(of key: DeploymentKey, on kind: ResourceKind) -> String? {
    [.ingress, .httpRoute, .virtualService, .destinationRule].contains(kind) ? "\(key.service).\(key.environment)" : nil
  }

  private static func name(_ annotation: String, _ scope: String?) -> String { scope.map { "\($0).\(annotation)" } ?? annotation }

  /// Whether a later leader has written the object. Of a writer without a term that is not known.
  package func isOfEarlierTerm(than other: Fence) -> Bool {
    if let term, let theirs = other.term { term < theirs } else { false }
  }

  /// Whether a writer with this fence comes too late for an object that another has written.
  package func isBehind(_ other: Fence) -> Bool {
    (epoch, sequence) < (other.epoch, other.sequence)
  }

  package var annotations: [String: String] {
    var annotations = [Self.name(Annotation.epoch, scope): String(epoch), Self.name(Annotation.sequence, scope): String(sequence)]
    annotations[Self.name(Annotation.term, scope)] = term.map { String($0) }
    return annotations
  }
}
