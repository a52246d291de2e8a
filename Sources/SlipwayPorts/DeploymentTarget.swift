import SlipwayModel

/// Where workloads run. Each verb is idempotent: it makes the world so, and finds it done when called again.
package protocol DeploymentTarget: Sendable {
  /// Says beforehand whether ``prepare(_:_:)`` would be refused, as far as that can be told without building: nothing is changed.
  /// What only a build can tell is told by preparing.
  ///
  /// - Parameter listen: where the release would be served; `nil` when nothing is to be opened.
  /// - Throws: `SlipwayError` of kind `input`: `artifact-missing`, `release-changed`, `port-in-use` and the like.
  func check(_ request: PrepareRequest, listen: ListenAddress?) async throws

  /// Puts the artifact into an immutable folder of its own and returns its digest, running the build command first when
  /// there is one.
  ///
  /// - Throws: `SlipwayError` of kind `input` when the artifact is missing, the build fails, or the version was prepared
  ///   before with another digest (`release-changed`).
  func prepare(_ request: PrepareRequest, _ operation: Operation) async throws -> Digest

  /// Makes the slot run exactly this workload: starts, replaces and scales replicas. Returns when that is under way; whether
  /// they are ready is observed.
  ///
  /// - Throws: `SlipwayError` with code `stale-epoch` for an outdated writer.
  func ensure(_ workload: Workload, _ operation: Operation) async throws

  /// What runs in both slots now, and the split in force. Answers or throws within two seconds: somebody waits to judge by it.
  func observe(_ key: DeploymentKey) async throws -> WorldObservation

  /// Stops what runs in the slot by the service's shutdown procedure (drain, SIGTERM, wait, SIGKILL) and returns when it is gone.
  func retire(_ key: DeploymentKey, slot: Slot, _ operation: Operation) async throws
}

/// What ``DeploymentTarget/prepare(_:_:)`` needs to know.
package struct PrepareRequest: Hashable, Sendable, Codable {
  package let key: DeploymentKey
  package let version: Version
  /// Absolute folder that `build` runs in and that `artifact` is relative to.
  package let folder: String
  package let build: String?
  /// File or folder, relative to ``folder`` or absolute.
  package let artifact: String
  /// What would be deployed, for targets that can tell beforehand whether they would take it; without values of variables.
  package let trial: Trial?

  /// A deployment that is only thought of.
  package struct Trial: Hashable, Sendable, Codable {
    /// Where it would run.
    package let slot: Slot
    /// As many as there will be at most.
    package let replicas: Int
    /// Without values of variables, with the content of manifests where the trial is of what they make.
    package let service: ServiceSpec
    /// Digest of what configures its processes.
    package let configuration: Digest
    /// Nothing is live by the journal, so that nothing may be served where it would go.
    package let isFirst: Bool

    package init(slot: Slot, replicas: Int, service: ServiceSpec, configuration: Digest, isFirst: Bool) {
      self.slot = slot
      self.replicas = replicas
      self.service = service
      self.configuration = configuration
      self.isFirst = isFirst
    }
  }

  package init(key: DeploymentKey, version: Version, folder: String, build: String?, artifact: String, trial: Trial? = nil) {
    self.key = key
    self.version = version
    self.folder = folder
    self.build = build
    self.artifact = artifact
    self.trial = trial
  }
}
