import SlipwayModel

/// A user's own manifests of a service, sorted by what becomes of them.
package struct BaseManifests: Hashable, Sendable {
  /// What each slot's Deployment is made from.
  package let deployment: ObjectDocument
  /// The Service that others reach the service by; `nil` when the base has none.
  package let service: ObjectDocument?
  /// For the Deployment, if there is one.
  package let autoscaler: Autoscaler?
  /// ConfigMaps and Secrets that the pods read: each release gets its own.
  package let configuration: [ObjectDocument]
  /// Everything else: applied as it is.
  package let extras: [ObjectDocument]

  /// - Throws: `SlipwayError` with code `base-unsuitable` when there is no Deployment of the service, or more than one could be it.
  package init(_ documents: [ObjectDocument], of service: ManagedService) throws(SlipwayError) {
    let name = service.key.service.description
    let all = documents.filter { $0.json["kind"]?.text == ResourceKind.deployment.kind }
    let named = all.filter { $0.name == name || $0.labels[Label.name] == name || $0.labels["app"] == name }
    guard let deployment = all.count == 1 ? all.first : named.count == 1 ? named.first : nil else {
      let names = all.map { $0.name ?? "" }.joined(separator: ", ")
      throw .baseUnsuitable(
        all.isEmpty ? "the base has no Deployment" : "the base has several Deployments (\(names)), and not just one of them is '\(name)'",
        remedy: "give the service's Deployment the name '\(name)'")
    }
    self.deployment = deployment
    let used = ConfigurationNames.used(by: deployment)
    let target = ObjectKey(.deployment, namespace: nil, name: deployment.name ?? "")
    let pods = (deployment.json[path: ["spec", "template", "metadata", "labels"]]?.members ?? [:]).compactMapValues(\.text)
    var own: (service: ObjectDocument?, autoscaler: Autoscaler?) = (nil, nil)
    var configuration: [ObjectDocument] = []
    var extras: [ObjectDocument] = []
    // The one with the service's name counts; without one, the first whose selector the pods fit.
    let services = documents.filter { $0.json["kind"]?.text == ResourceKind.service.kind && Self.selects(pods, $0) }
    own.service = services.first { $0.name == name } ?? services.first
    for document in documents where document != deployment && document != own.service {
      if let kind = document.json["kind"]?.text, let name = document.name,
        used.contains(ConfigurationNames.Reference(kind: kind, name: name))
      {
        configuration.append(document)
      } else if own.autoscaler == nil, document.json["kind"]?.text == ResourceKind.horizontalPodAutoscaler.kind,
        Autoscaler(document).targets(target)
      {
        own.autoscaler = Autoscaler(document)
      } else {
        extras.append(document)
      }
    }
    self.service = own.service
    autoscaler = own.autoscaler
    self.configuration = configuration
    self.extras = extras
  }

  /// The base with the release's own configuration: ConfigMaps and Secrets under names that hold a digest of their content, and a
  /// Deployment that reads those. So both slots keep what their release was deployed with, and going back brings it back.
  ///
  /// - Parameter digest: the digest of an object's content as text; for Secrets it should be keyed, since who sees the name must not be
  ///   able to try out values. The first ten of its characters are used.
  package func withReleasedConfiguration(digest: (String) -> String) -> (deployment: ObjectDocument, configuration: [ObjectDocument]) {
    var names: [ConfigurationNames.Reference: String] = [:]
    let released = configuration.map { document in
      let content = JSONValue.object(
        (document.json.members ?? [:]).filter { ["data", "binaryData", "stringData", "type"].contains($0.key) })
      let name = "\(document.name ?? "")-\(digest(content.canonicalText).prefix(10))"
      names[ConfigurationNames.Reference(kind: document.json["kind"]?.text ?? "", name: document.name ?? "")] = name
      var copy = document
      copy.json["metadata"]?["name"] = .text(name)
      // The name stands for the content: nobody may change it afterwards.
      copy.json["immutable"] = true
      return copy
    }
    return (ConfigurationNames.renamed(names, in: deployment), released)
  }

  private static func selects(_ pods: [String: String], _ service: ObjectDocument) -> Bool {
    let selector = (service.json[path: ["spec", "selector"]]?.members ?? [:]).compactMapValues(\.text)
    return !selector.isEmpty && selector.allSatisfy { pods[$0.key] == $0.value }
  }
}
