import SlipwayModel

/// What somebody asked for. It is kept whole in the rollout's first entry, so that a retry and an auditor see the same.
package struct DeployRequest: Hashable, Sendable, Codable {
  package let service: Name
  package let version: Version
  /// The environment with everything merged in; ``service`` is one of its services.
  package let environment: EnvironmentSpec
  /// Digest of what configures the service's processes.
  package let configuration: Digest
  /// Absolute folder of the configuration file: where the build runs and what the artifact's path is relative to.
  package let folder: String
  /// Takes the place of the service's `artifact`; `nil` uses that.
  package let artifact: String?
  /// Why, in the words of whoever asked.
  package let reason: String
  package let actor: Actor
  /// Whether a rollout that is under way is to be aborted in favour of this one.
  package let supersede: Bool
  /// The declaration that this was made from; `nil` when somebody asked for it by a command.
  package let origin: RequestOrigin?

  package init(
    service: Name, version: Version, environment: EnvironmentSpec, configuration: Digest, folder: String, artifact: String? = nil,
    reason: String, actor: Actor, supersede: Bool = false, origin: RequestOrigin? = nil
  ) {
    self.service = service
    self.version = version
    self.environment = environment
    self.configuration = configuration
    self.folder = folder
    self.artifact = artifact
    self.reason = reason
    self.actor = actor
    self.supersede = supersede
    self.origin = origin
  }

  /// The same request with these in place of the environment's channels.
  package func with(notify: [NotificationChannel]?) -> DeployRequest {
    DeployRequest(
      service: service, version: version, environment: environment.with(notify: notify), configuration: configuration, folder: folder,
      artifact: artifact, reason: reason, actor: actor, supersede: supersede, origin: origin)
  }

  /// The same request with these in place of the environment's services, and the configuration's digest made from them.
  package func with(services: [ServiceSpec]) -> DeployRequest {
    DeployRequest(
      service: service, version: version, environment: environment.with(services: services),
      configuration: services.first { $0.name == service }?.configurationDigest ?? configuration, folder: folder, artifact: artifact,
      reason: reason, actor: actor, supersede: supersede, origin: origin)
  }

  package var key: DeploymentKey { DeploymentKey(service: service, environment: environment.name) }
}
