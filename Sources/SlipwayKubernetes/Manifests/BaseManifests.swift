import Foundation
import SlipwayModel

/// A user's own manifests of a service, sorted by what becomes of them.
package struct BaseManifests: Hashable, Sendable {
  /// What each slot's Deployment is made from.
  package let deployment: ObjectDocument
  /// The Service that others reach the service by; `nil` when the base has none.
  package let service: ObjectDocument?
  /// For the Deployment, if there is one.
  package let autoscaler: Autoscaler?
  /// For the Deployment's pods, if there is one.
  package let disruptionBudget: ObjectDocument?
  /// ConfigMaps and Secrets that the pods read: each release gets its own.
  package let configuration: [ObjectDocument]
  /// Everything else: not applied by Slipway.
  package let extras: [ObjectDocument]

  /// - Throws: `SlipwayError` with code `base-unsuitable` when there is no Deployment of the service, or more than one could be it.
  package init(_ documents: [ObjectDocument], of service: ManagedService) throws(SlipwayError) {
    let name = service.key.service.description
    let deployment = try Self.deployment(named: name, among: documents)
    self.deployment = deployment
    let used = ConfigurationNames.used(by: deployment)
    let target = ObjectKey(.deployment, namespace: nil, name: deployment.name ?? "")
    let pods = (deployment.json[path: ["spec", "template", "metadata", "labels"]]?.members ?? [:]).compactMapValues(\.text)
    var own: (autoscaler: Autoscaler?, budget: ObjectDocument?) = (nil, nil)
    var configuration: [ObjectDocument] = []
    var extras: [ObjectDocument] = []
    // The one with the service's name counts; without one, the first whose selector the pods fit.
    let services = documents.filter { $0.isA(.service) && Self.selects(pods, $0.json[path: ["spec", "selector"]]) }
    let ownService = services.first { $0.name == name } ?? services.first
    for document in documents where document != deployment && document != ownService {
      if let kind = document.json["kind"]?.text, let name = document.name,
        used.contains(ConfigurationNames.Reference(kind: kind, name: name))
      {
        configuration.append(document)
      } else if own.autoscaler == nil, document.isA(.horizontalPodAutoscaler), Autoscaler(document).targets(target) {
        own.autoscaler = Autoscaler(document)
      } else if own.budget == nil, document.isA(.podDisruptionBudget),
        Self.selects(pods, document.json[path: ["spec", "selector", "matchLabels"]])
      {
        own.budget = document
      } else {
        extras.append(document)
      }
    }
    self.service = ownService
    autoscaler = own.autoscaler
    disruptionBudget = own.budget
    self.configuration = configuration
    self.extras = extras
  }

  /// Everything but ``extras``.
  package var used: [ObjectDocument] {
    [deployment] + [service, autoscaler?.document, disruptionBudget].compactMap { $0 } + configuration
  }

  private static func deployment(named name: String, among documents: [ObjectDocument]) throws(SlipwayError) -> ObjectDocument {
    let all = documents.filter { $0.isA(.deployment) }
    let named = all.filter { $0.name == name || $0.labels[Label.name] == name || $0.labels["app"] == name }
    if let deployment = all.count == 1 ? all.first : named.count == 1 ? named.first : nil { return deployment }
    let names = all.map { $0.name ?? "" }.joined(separator: ", ")
    throw .baseUnsuitable(
      all.isEmpty ? "the base has no Deployment" : "the base has several Deployments (\(names)), and not just one of them is '\(name)'",
      remedy: "give the service's Deployment the name '\(name)'")
  }

  /// The base with the release's own configuration: ConfigMaps and Secrets under names that hold a digest of their content, and a
  /// Deployment that reads those. So both slots keep what their release was deployed with, and going back brings it back.
  ///
  /// - Parameter digest: the digest of an object with a content as text. For Secrets it must not be made from the content alone, since who
  ///   sees the name must not be able to try out values. The first ten of its characters are used.
  package func withReleasedConfiguration(
    digest: (ObjectDocument, String) -> String
  ) -> (deployment: ObjectDocument, configuration: [ObjectDocument]) {
    var names: [ConfigurationNames.Reference: String] = [:]
    let released = configuration.map { document in
      let content = JSONValue.object(
        (document.json.members ?? [:]).filter { ["data", "binaryData", "stringData", "type"].contains($0.key) })
      let name = "\(document.name ?? "")-\(digest(document, content.canonicalText).prefix(10))"
      names[ConfigurationNames.Reference(kind: document.json["kind"]?.text ?? "", name: document.name ?? "")] = name
      var copy = document
      copy.json["metadata"]?["name"] = .text(name)
      copy.json["metadata"]?["namespace"] = nil
      // The name stands for the content: nobody may change it afterwards.
      copy.json["immutable"] = true
      if let plain = document.json["stringData"]?.members {
        // The server would do it, and then forget who wrote it.
        let encoded = plain.mapValues { JSONValue.text(Data(($0.text ?? "").utf8).base64EncodedString()) }
        copy.json["stringData"] = nil
        copy.json["data"] = .object((document.json["data"]?.members ?? [:]).merging(encoded) { $1 })
      }
      return copy
    }
    return (ConfigurationNames.renamed(names, in: deployment), released)
  }

  static func selects(_ pods: [String: String], _ selector: JSONValue?) -> Bool {
    let wanted = (selector?.members ?? [:]).compactMapValues(\.text)
    return !wanted.isEmpty && wanted.allSatisfy { pods[$0.key] == $0.value }
  }
}

extension ObjectDocument {
  /// Whether it says that it is of this kind, in whatever version.
  func isA(_ kind: ResourceKind) -> Bool { json["kind"]?.text == kind.kind }
}
