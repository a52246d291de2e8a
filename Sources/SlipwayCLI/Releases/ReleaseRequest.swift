import SlipwayConfig
import SlipwayEngine
import SlipwayKubernetes
import SlipwayModel

extension DeployRequest {
  /// The request that `slipway deploy` would make from the file that a Release names.
  ///
  /// Whoever may write a Release or its ConfigMap need not be allowed to do what the server is: the request stays in the Release's
  /// namespace, nothing runs in the server's place, and nothing of its files and its environment is read.
  ///
  /// - Throws: `invalid-configuration` with the mistakes and their places, `unknown-environment`, `unknown-service`, `release-invalid`.
  package init(_ order: ReleaseOrder) throws(SlipwayError) {
    let release = order.release
    let spec = release.spec
    let place = "\(spec.configKey) of ConfigMap \(release.namespace)/\(spec.configMap)"
    let file = ConfigurationFile(text: order.configuration, file: spec.configKey, variables: spec.variables)
    guard let project = file.project else {
      throw SlipwayError(
        .invalidConfiguration, .input, "\(place) has mistakes: \(Self.mistakes(file))",
        remedy: "correct the places named; `slipway validate` checks the file before it is committed")
    }
    guard let environment = project.environments.first(where: { $0.name == spec.environment }) else {
      throw SlipwayError(
        .unknownEnvironment, .input, "there is no environment '\(spec.environment)' in \(place)",
        remedy: "use one of: \(project.environments.map(\.name.description).joined(separator: ", "))")
    }
    guard let service = environment.services.first(where: { $0.name == spec.service }) else {
      throw SlipwayError(
        .unknownService, .input, "environment '\(environment.name)' has no service '\(spec.service)' in \(place)",
        remedy: "use one of: \(environment.services.map(\.name.description).joined(separator: ", "))")
    }
    let kubernetes = try Self.place(of: environment, release)
    if let metrics = environment.metrics { try Self.requireHarmless(metrics) }
    for gate in environment.gates ?? [] { try Self.requireHarmless(gate) }
    self.init(
      service: service.name, version: spec.version, environment: environment.with(kubernetes: kubernetes),
      configuration: service.configurationDigest, folder: "/", artifact: spec.image, reason: spec.reason, actor: release.actor,
      origin: order.origin)
  }

  /// The first few; a status is no place for all.
  private static func mistakes(_ file: ConfigurationFile) -> String {
    let errors = file.diagnostics.filter { $0.severity == .error }
    let shown = errors.prefix(5).map { "line \($0.location.line): \($0.message) (\($0.remedy))" }.joined(separator: "; ")
    return shown + (errors.count > 5 ? "; and \(errors.count - 5) more" : "")
  }

  /// The cluster is the one that the Release lies in, so that the same file also serves `slipway deploy` from outside.
  private static func place(of environment: EnvironmentSpec, _ release: DeclaredRelease) throws(SlipwayError) -> KubernetesSpec {
    guard environment.target == .kubernetes, let stated = environment.kubernetes else {
      throw .releaseInvalid(
        "environment '\(environment.name)' is not in a cluster", remedy: "state `target: kubernetes` and `namespace: \(release.namespace)`")
    }
    guard stated.namespace == release.namespace else {
      throw .releaseInvalid(
        "environment '\(environment.name)' is in namespace '\(stated.namespace)', and the Release in '\(release.namespace)'",
        remedy: "put the Release where its service runs: what is declared in a namespace stays in it")
    }
    guard stated.manifests == nil else {
      throw .releaseInvalid("`cluster.manifests` names a file, and there is none beside a Release", remedy: "remove it")
    }
    return KubernetesSpec(namespace: stated.namespace, router: stated.router, pinning: stated.pinning)
  }

  /// Variables of the server that a configuration may name begin with this.
  static let openVariables = "SLIPWAY_METRICS_"
  /// And those that its gates may.
  static let openGateVariables = "SLIPWAY_GATES_"

  private static func requireHarmless(_ metrics: MetricsSpec) throws(SlipwayError) {
    guard metrics.command == nil else {
      throw .releaseInvalid(
        "`metrics.command` would run a program beside the server", remedy: "use `prometheus` or `http`, or deploy with `slipway deploy`")
    }
    for access in [metrics.prometheus?.access, metrics.http?.access].compactMap({ $0 }) {
      try requireHarmless(access, of: "metrics", openVariables)
    }
  }

  private static func requireHarmless(_ gate: GateSpec) throws(SlipwayError) {
    switch gate.means {
    case .command:
      throw .releaseInvalid(
        "`command` of gate \(gate.name) would run a program beside the server", remedy: "use a `webhook`, or deploy with `slipway deploy`")
    case .webhook(_, let access): try requireHarmless(access, of: "gates", openGateVariables)
    }
  }

  private static func requireHarmless(_ access: MetricAccess, of key: String, _ openVariables: String) throws(SlipwayError) {
    let places = [access.bearer, access.basic?.password].compactMap { $0 } + access.secretHeaders.values.map { .variable($0) }
    for place in places {
      if case .variable(let name) = place, name.hasPrefix(openVariables) { continue }
      throw .releaseInvalid(
        "`\(key)` names a secret that is the server's",
        remedy: "give the server a variable whose name begins with \(openVariables), and name that one")
    }
    guard access.certificates == nil else {
      throw .releaseInvalid(
        "`\(key)` names a file, and there is none beside a Release", remedy: "let the server's system trust the certificate")
    }
  }
}
