import SlipwayModel

/// Everything that the objects of one slot are made from.
package struct SlotWorkload: Sendable {
  package let service: ManagedService
  package let workload: Workload
  /// `name@sha256:…` or `name:tag`.
  package let image: String
  /// Digest of the plan on whose behalf it is written.
  package let plan: Digest?
  package let fence: Fence?
  /// The project that the service is a part of.
  package let project: Name?
  package let cluster: ClusterVersion
  /// Services as they are in the cluster, above all the service's own one before Slipway has it. A pod that they select gets their
  /// requests as soon as it is ready, before it has been proved; the slot's pods therefore lack labels that these ask for.
  package let hiddenFrom: [ObjectDocument]
  /// The user's own manifests that the objects are made from; `nil`: Slipway's own.
  package let base: BaseManifests?

  package init(
    service: ManagedService, workload: Workload, image: String, plan: Digest? = nil, fence: Fence? = nil, project: Name? = nil,
    cluster: ClusterVersion = .assumed, hiddenFrom: [ObjectDocument] = [], base: BaseManifests? = nil
  ) {
    self.service = service
    self.workload = workload
    self.image = image
    self.plan = plan
    self.fence = fence
    self.project = project
    self.cluster = cluster
    self.hiddenFrom = hiddenFrom
    self.base = base
  }

  package var slot: Slot { workload.slot }

  /// The port that the container listens at and gets as `PORT`; 8080 when the file states none.
  package var port: Int { workload.service.port ?? Self.defaultPort }
  static let defaultPort = 8080

  /// The objects of the slot in the order in which they are applied: what pods read before the pods.
  ///
  /// - Throws: `SlipwayError` with code `base-unsuitable` when the base can't make a slot.
  package func objects() throws(SlipwayError) -> [ObjectDocument] {
    if let base { return try objects(from: base) }
    return [secretDocument, serviceDocument, disruptionBudgetDocument, deploymentDocument].compactMap { $0 }
  }

  /// Labels of the slot's objects and of its pods.
  var labels: [String: String] {
    var labels = service.labels
    labels[Label.version] = Label.value(workload.release.version.description)
    labels[Label.slot] = slot.rawValue
    labels[Label.release] = Label.release(workload.release)
    labels[Label.partOf] = project?.description
    return labels
  }

  /// Labels of the pods: the slot's, and a user's own beside them.
  func podLabels(beside users: [String: String] = [:]) -> [String: String] {
    var labels = users.merging(labels) { $1 }
    for other in hiddenFrom where service.selection(of: other) == nil {
      let selector = (other.json[path: ["spec", "selector"]]?.members ?? [:]).compactMapValues(\.text)
      guard !selector.isEmpty, selector.allSatisfy({ labels[$0.key] == $0.value }) else { continue }
      for key in selector.keys where !key.hasPrefix("slipway.dev/") { labels[key] = nil }
    }
    return labels
  }

  /// What says exactly which release this is. The fence is not among it, since it differs from write to write.
  var releaseAnnotations: [String: String] {
    [
      Annotation.artifact: workload.release.artifact.description,
      Annotation.configuration: workload.release.configuration.description,
      Annotation.version: workload.release.version.description,
    ]
  }

  /// Annotations of the objects themselves.
  var annotations: [String: String] {
    var annotations = releaseAnnotations.merging(fence?.annotations ?? [:]) { $1 }
    annotations[Annotation.plan] = plan?.description
    return annotations
  }
}

/// The version of an API server, as far as manifests depend on it.
package struct ClusterVersion: Hashable, Comparable, Sendable {
  package let major: Int
  package let minor: Int

  package init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Where the server has not been asked: the newest of which the manifests know.
  package static let assumed = ClusterVersion(major: 1, minor: 30)

  package static func < (a: ClusterVersion, b: ClusterVersion) -> Bool {
    (a.major, a.minor) < (b.major, b.minor)
  }
}

extension TimeSpan {
  /// Whole seconds, rounded up, since no field of a manifest takes less than one.
  var wholeSeconds: Int { Int((milliseconds + 999) / 1000) }
}
