import SlipwayModel

/// What a Release says is wanted.
package struct ReleaseSpec: Hashable, Sendable {
  package let service: Name
  package let environment: Name
  package let version: Version
  /// A whole image reference; `nil`: the service's image with the version as its tag.
  package let image: String?
  /// The ConfigMap in the Release's namespace that holds the configuration.
  package let configMap: String
  /// Where in the ConfigMap it is; default ``standardKey``.
  package let configKey: String
  /// What `${NAME}` stands for in it.
  package let variables: [String: String]
  package let reason: String
  package let paused: Bool
  /// Raised to try a version once more.
  package let attempt: Int

  package static let standardKey = "slipway.yaml"

  /// - Throws: `release-invalid` for what the definition's schema would have refused: the definition in the cluster may be another one.
  init(_ spec: JSONValue?) throws(SlipwayError) {
    func need<Value>(_ field: String, _ read: (String) -> Value?) throws(SlipwayError) -> Value {
      guard let value = spec?[path: field.split(separator: ".").map(String.init)]?.text.flatMap(read) else {
        throw .releaseInvalid(
          "`spec.\(field)` is missing or malformed", remedy: "correct it; `kubectl explain release.spec` says what is expected")
      }
      return value
    }
    service = try need("service") { Name($0) }
    environment = try need("environment") { Name($0) }
    version = try need("version") { Version($0) }
    configMap = try need("configuration.configMapRef.name") { $0.isEmpty ? nil : $0 }
    configKey = spec?[path: ["configuration", "configMapRef", "key"]]?.text ?? Self.standardKey
    variables = (spec?[path: ["configuration", "variables"]]?.members ?? [:]).compactMapValues(\.text)
    image = spec?["image"]?.text
    reason = spec?["reason"]?.text ?? ""
    paused = spec?["paused"]?.flag ?? false
    attempt = spec?["attempt"]?.integer ?? 0
  }
}

/// A Release as its object says it.
package struct DeclaredRelease: Hashable, Sendable {
  package let namespace: Name
  package let name: String
  package let uid: String
  /// Rises with each change of ``spec``.
  package let generation: Int
  package let spec: ReleaseSpec

  /// - Throws: `release-invalid`.
  init(_ object: ObjectDocument) throws(SlipwayError) {
    guard let namespace = object.namespace.flatMap({ Name($0) }), let name = object.name, let uid = object.uid else {
      throw .releaseInvalid("the object has no name, namespace or uid", remedy: "look whether the cluster's API server is one")
    }
    (self.namespace, self.name, self.uid) = (namespace, name, uid)
    generation = object.generation ?? 0
    spec = try ReleaseSpec(object.spec)
  }

  /// What people call it.
  package var words: String { "Release \(namespace)/\(name)" }

  /// Who acts where this Release asks for something.
  package var actor: Actor { Actor(.system, "release/\(namespace)/\(name)") }

  package var deployment: DeploymentKey { DeploymentKey(service: spec.service, environment: spec.environment) }
}

/// A Release together with the configuration that it names: all that a request is made from.
package struct ReleaseOrder: Hashable, Sendable {
  package let release: DeclaredRelease
  /// The text of `slipway.yaml`.
  package let configuration: String
  /// Of what is asked for. How the rollout is to be treated meanwhile, and why it is wanted, are no part of that.
  package let digest: Digest

  package init(_ release: DeclaredRelease, configuration: String) {
    self.release = release
    self.configuration = configuration
    let spec = release.spec
    let asked: JSONValue = [
      "service": .text(spec.service.description), "environment": .text(spec.environment.description),
      "version": .text(spec.version.description), "image": spec.image.map { .text($0) } ?? .null,
      "variables": .object(spec.variables.mapValues { .text($0) }), "attempt": .integer(spec.attempt),
      "configuration": .text(configuration),
    ]
    digest = Digest(hashing: JSONWriter.bytes(of: asked))
  }

  /// What the journal is told of where the request comes from.
  package var origin: RequestOrigin {
    RequestOrigin(object: release.words, uid: release.uid, generation: release.generation, digest: digest)
  }
}

extension SlipwayError.Code {
  package static let releaseInvalid = Self("release-invalid")
}

extension SlipwayError {
  /// The Release, or the configuration that it names, asks for what can't be done for a Release.
  package static func releaseInvalid(_ message: String, remedy: String) -> SlipwayError {
    SlipwayError(.releaseInvalid, .input, message, remedy: remedy)
  }
}
