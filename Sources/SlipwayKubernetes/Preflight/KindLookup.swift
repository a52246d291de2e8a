import SlipwayModel

extension KubernetesClient {
  /// The kind of a document as REST paths need it: one that is known here, or what the API server says.
  ///
  /// - Returns: `nil` when the API server serves no such kind.
  func kind(of document: ObjectDocument, _ call: ClusterCall) async throws -> ResourceKind? {
    let apiVersion = document.json["apiVersion"]?.text ?? ""
    let name = document.json["kind"]?.text ?? ""
    if let known = Self.known.first(where: { $0.kind == name && $0.apiVersion == apiVersion }) { return known }
    let parts = apiVersion.split(separator: "/", maxSplits: 1).map(String.init)
    guard let version = parts.last, !name.isEmpty else { return nil }
    let group = parts.count == 2 ? parts[0] : ""
    let path = (group.isEmpty ? "/api/" : "/apis/\(ClusterRequest.encoded(group))/") + ClusterRequest.encoded(version)
    let answer = try await sender.send(ClusterRequest(path: path), for: call, mayBeRepeated: true)
    if answer.status == 404 { return nil }
    let resources = try json(answer, call, about: nil)["resources"]?.items ?? []
    let found = resources.first { $0["kind"]?.text == name && $0["name"]?.text?.contains("/") == false }
    guard let found, let plural = found["name"]?.text else { return nil }
    return ResourceKind(group: group, version: version, kind: name, plural: plural, isNamespaced: found["namespaced"]?.flag ?? true)
  }

  private static let known: [ResourceKind] = [
    .deployment, .service, .secret, .configMap, .podDisruptionBudget, .horizontalPodAutoscaler, .ingress, .virtualService,
    .destinationRule, .httpRoute,
  ]
}
