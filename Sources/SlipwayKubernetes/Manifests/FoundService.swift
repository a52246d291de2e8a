import SlipwayModel

/// A service that runs in a cluster and was not deployed by Slipway, as it was read there.
package struct FoundService: Sendable {
  package let deployment: ObjectDocument
  /// The one that others reach it by; `nil` when none selects its pods.
  package let service: ObjectDocument?
  package let autoscaler: ObjectDocument?
  package let disruptionBudget: ObjectDocument?
  /// ConfigMaps that its pods name and that are there.
  package let configMaps: [ObjectDocument]
  /// Names of Secrets that its pods name; they are never read.
  package let secrets: [String]
  /// Further Services that select its pods, by name.
  package let otherServices: [String]
  /// Ingresses that lead to ``service``, by name.
  package let ingresses: [String]

  /// Reads, and writes nothing.
  ///
  /// - Parameter wanted: the Deployment, as `NAME` or `deployment/NAME`; `nil`: the only one that Slipway does not manage.
  /// - Throws: `SlipwayError` with code `adoption-not-possible` when there is no such one or several, and those of the client.
  package static func read(_ client: KubernetesClient, namespace: Name, deployment wanted: String?) async throws -> FoundService {
    let space = namespace.description
    func all(_ kind: ResourceKind) async throws -> [ObjectDocument] {
      try await client.list(kind, in: space, .all, ClusterCall("look at the \(kind.plural) of '\(space)'")).objects
        .sorted { ($0.name ?? "") < ($1.name ?? "") }
    }
    let deployment = try choice(wanted, among: try await all(.deployment), in: space)
    let pods = (deployment.json[path: ["spec", "template", "metadata", "labels"]]?.members ?? [:]).compactMapValues(\.text)
    let services = try await all(.service).filter { BaseManifests.selects(pods, $0.spec?["selector"]) }
    let service = services.first { $0.name == deployment.name } ?? services.first
    let references = ConfigurationNames.used(by: deployment)
    var configMaps: [ObjectDocument] = []
    for reference in references.filter({ $0.kind == ResourceKind.configMap.kind }).sorted(by: { $0.name < $1.name }) {
      let key = ObjectKey(.configMap, namespace: space, name: reference.name)
      if let found = try await client.get(key, ClusterCall("look at \(key)")) { configMaps.append(found) }
    }
    let target = ObjectKey(.deployment, namespace: space, name: deployment.name ?? "")
    return FoundService(
      deployment: deployment, service: service,
      autoscaler: try await all(.horizontalPodAutoscaler).first { Autoscaler($0).targets(target) },
      disruptionBudget: try await all(.podDisruptionBudget).first {
        BaseManifests.selects(pods, $0.json[path: ["spec", "selector", "matchLabels"]])
      },
      configMaps: configMaps,
      secrets: references.filter { $0.kind == ResourceKind.secret.kind }.map(\.name).sorted(),
      otherServices: services.filter { $0 != service }.compactMap(\.name),
      ingresses: try await all(.ingress).filter { leads($0.json, to: service?.name) }.compactMap(\.name))
  }

  private static func choice(_ wanted: String?, among all: [ObjectDocument], in namespace: String) throws(SlipwayError) -> ObjectDocument {
    let foreign = all.filter { $0.labels[Label.managedBy] != Label.slipway }
    let name = wanted.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
    if let name, let found = foreign.first(where: { $0.name == name }) { return found }
    if name == nil, foreign.count == 1, let only = foreign.first { return only }
    let names = foreign.compactMap(\.name).joined(separator: ", ")
    throw SlipwayError(
      .adoptionNotPossible, .input,
      name.map { "the namespace '\(namespace)' has no Deployment '\($0)' that Slipway does not manage" }
        ?? "the namespace '\(namespace)' has \(foreign.count) Deployments that Slipway does not manage",
      remedy: names.isEmpty ? "name the namespace of the service with --namespace" : "name one of: \(names)")
  }

  /// Whether an Ingress names a Service anywhere as a backend.
  private static func leads(_ value: JSONValue, to service: String?) -> Bool {
    guard let service else { return false }
    switch value {
    case .object(let members):
      if members["service"]?["name"]?.text == service { return true }
      return members.values.contains { leads($0, to: service) }
    case .list(let items): return items.contains { leads($0, to: service) }
    case .null, .flag, .integer, .decimal, .text: return false
    }
  }
}
