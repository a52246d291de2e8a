import SlipwayModel

/// What a service in the file and its base of manifests say differently of the same thing. Where only one of them says something, it holds.
package enum BaseAgreement {
  package struct Contradiction: Hashable, Sendable {
    /// The key of the service: `port`, `resources.cpu`, `health.readiness`, `env.NAME`.
    package let key: String
    /// Words without a full stop, and without values of variables.
    package let message: String
  }

  /// - Parameters:
  ///   - stated: the keys of the service that the file states; defaults contradict nothing.
  ///   - manifests: what the base was made from, for places.
  package static func contradictions(
    of service: ServiceSpec, stating stated: Set<String>, with base: BaseManifests, _ manifests: [LocatedManifest], in place: ManagedService
  ) throws(SlipwayError) -> [Contradiction] {
    let (all, index) = try place.containers(of: base.deployment)
    let container = all[index]
    let located = manifests.first { $0.document == base.deployment }
    func at(_ pointer: String) -> String { located?.place(of: "/spec/template/spec/containers/\(index)\(pointer)") ?? "the manifests" }
    var found: [Contradiction] = []
    if stated.contains("port"), let port = service.port {
      let ports = (container["ports"]?.items ?? []).compactMap { $0["containerPort"]?.integer }
      if !ports.isEmpty, !ports.contains(port) {
        let list = ports.map { String($0) }.joined(separator: ", ")
        found.append(Contradiction(key: "port", message: "`port` is \(port), and the container listens at \(list) (\(at("/ports")))"))
      }
    }
    for (key, amount) in [("cpu", service.resources?.cpu), ("memory", service.resources?.memory)] {
      guard stated.contains("resources.\(key)"), let amount, let other = container["resources"]?["requests"]?[key] else { continue }
      let text = other.text ?? other.integer.map { String($0) } ?? ""
      if Quantity(text) != Quantity(amount) {
        found.append(
          Contradiction(
            key: "resources.\(key)",
            message: "`\(key)` is \(amount), and the container requests \(text) (\(at("/resources/requests/\(key)")))"))
      }
    }
    for (key, field, path) in [
      ("liveness", "livenessProbe", service.health.liveness), ("readiness", "readinessProbe", service.health.readiness),
    ] {
      let short = stated.contains("health_check_endpoint") ? "health_check_endpoint" : nil
      guard let key = stated.contains("health.\(key)") ? "health.\(key)" : short,
        let other = container[field]?["httpGet"]?["path"]?.text, other != path
      else { continue }
      found.append(
        Contradiction(
          key: key, message: "`\(key)` is \(path), and the container's \(field) asks \(other) (\(at("/\(field)/httpGet/path")))"))
    }
    for (index, variable) in (container["env"]?.items ?? []).enumerated() {
      guard let name = variable["name"]?.text, stated.contains("env.\(name)") else { continue }
      if let value = variable["value"]?.text, value == service.variables.values?[name] { continue }
      found.append(
        Contradiction(
          key: "env.\(name)", message: "variable `\(name)` is in `env`, and the container has another one (\(at("/env/\(index)")))"))
    }
    return found
  }
}
