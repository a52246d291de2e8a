import SlipwayModel

extension BaseManifests {
  /// What a release keeps of a base: every object that is used as JSON, by kind and name (`Deployment/api`).
  package var content: [String: String] {
    Dictionary(
      used.map { ("\($0.json["kind"]?.text ?? "")/\($0.name ?? "")", String(decoding: JSONWriter.bytes(of: $0.json), as: UTF8.self)) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The base that a release was deployed with.
  ///
  /// - Throws: `SlipwayError` with code `base-unsuitable` when it is not what ``content`` makes.
  package init(content: [String: String], of service: ManagedService) throws(SlipwayError) {
    var documents: [ObjectDocument] = []
    for (name, text) in content.sorted(by: { $0.key < $1.key }) {
      do { documents.append(ObjectDocument(try JSONReader.value(of: Array(text.utf8)))) } catch {
        // Not the cause: it might quote a Secret.
        throw .baseUnsuitable("'\(name)' of the release's manifests is no JSON", remedy: "deploy the version again")
      }
    }
    try self.init(documents, of: service)
  }

  /// What a base makes of a service in a file.
  ///
  /// - Parameters:
  ///   - manifests: all that was read.
  ///   - spec: for which service of which namespace.
  /// - Throws: `SlipwayError` with code `base-unsuitable`, naming places.
  package static func read(_ manifests: [LocatedManifest], of service: ManagedService) throws(SlipwayError) -> BaseManifests {
    var seen: [String: LocatedManifest] = [:]
    for manifest in manifests {
      let kind = manifest.document.json["kind"]?.text ?? ""
      guard let name = manifest.document.name, !name.isEmpty else {
        throw .baseUnsuitable(
          "\(manifest.place()): this \(kind) has no name", remedy: "give it `metadata.name`; `generateName` is not enough")
      }
      if let namespace = manifest.document.namespace, namespace != service.namespace.description {
        throw .baseUnsuitable(
          "\(manifest.place(of: "/metadata/namespace")): \(kind) '\(name)' is for the namespace '\(namespace)', and the environment deploys to '\(service.namespace)'",
          remedy: "leave the namespace out of the manifests, or correct `namespace` of the environment")
      }
      if let other = seen.updateValue(manifest, forKey: "\(manifest.document.json["apiVersion"]?.text ?? "") \(kind)/\(name)") {
        throw .baseUnsuitable(
          "\(manifest.place()): there is a \(kind) '\(name)' already, at \(other.place())", remedy: "keep one of them")
      }
    }
    let base = try BaseManifests(manifests.map(\.document), of: service)
    let place = manifests.first { $0.document == base.deployment }?.place() ?? ""
    // What can't be a slot is said before anything else is asked.
    do { _ = try base.container(of: service) } catch {
      throw SlipwayError(error.code, error.kind, "\(place): \(error.message)", remedy: error.remedy)
    }
    return base
  }
}
