import SlipwayModel

/// The canary annotations of Ingress NGINX (its documentation, "Annotations", "Canary").
extension ClusterState {
  private static let prefix = "nginx.ingress.kubernetes.io/"

  /// `nil` when no Ingress is for the host.
  func answerByIngress(_ request: ServiceRequest) -> ServiceAnswer? {
    let all = routes(.ingress, request.namespace)
    func isCanary(_ route: StoredRoute) -> Bool { annotation(route, "canary") == "true" }
    guard let main = all.first(where: { !isCanary($0) && backend($0, request) != nil }), let stable = backend(main, request) else {
      return nil
    }
    // A main Ingress whose Service has no endpoints has no balancer: 503, whatever the canary is.
    guard hasEndpoints(stable, request.namespace) else { return .failed(503, "the Ingress's Service \(stable) has no endpoints") }
    // One canary counts; one whose Service has no endpoints is passed over.
    if let canary = all.first(where: { isCanary($0) && backend($0, request) != nil }), let candidate = backend(canary, request),
      hasEndpoints(candidate, request.namespace), goesToCanary(canary, request)
    {
      return reach(candidate, request)
    }
    return reach(stable, request)
  }

  private func annotation(_ route: StoredRoute, _ name: String) -> String? {
    route.json["metadata", "annotations", Self.prefix + name]?.text
  }

  /// The Service that the longest path for the host leads to.
  private func backend(_ route: StoredRoute, _ request: ServiceRequest) -> String? {
    let rules = (route.json["spec", "rules"]?.items ?? []).filter { ($0["host"]?.text ?? request.host) == request.host }
    let paths = rules.flatMap { $0["http", "paths"]?.items ?? [] }.filter { path in
      let wanted = path["path"]?.text ?? "/"
      return path["pathType"]?.text == "Exact" ? request.path == wanted : request.path.hasPrefix(wanted)
    }
    let best = paths.max { ($0["path"]?.text ?? "").count < ($1["path"]?.text ?? "").count }
    return best?["backend", "service", "name"]?.text
  }

  /// Header, then cookie, then weight.
  private func goesToCanary(_ canary: StoredRoute, _ request: ServiceRequest) -> Bool {
    if let header = annotation(canary, "canary-by-header"), let value = request.headers[header.lowercased()] {
      if let wanted = annotation(canary, "canary-by-header-value") {
        if value == wanted { return true }
      } else if let pattern = annotation(canary, "canary-by-header-pattern") {
        if Self.matches(value, pattern) { return true }
      } else {
        if value == "always" { return true }
        if value == "never" { return false }
      }
    }
    if let cookie = annotation(canary, "canary-by-cookie"), let value = request.cookies[cookie] {
      if value == "always" { return true }
      if value == "never" { return false }
    }
    let weight = annotation(canary, "canary-weight").flatMap(Double.init) ?? 0
    let total = annotation(canary, "canary-weight-total").flatMap(Double.init) ?? 100
    return request.draw * total < weight
  }

  /// Whether a pattern is found in a text.
  static func matches(_ text: String, _ pattern: String) -> Bool {
    guard let regex = try? Regex(pattern) else { return false }
    return text.firstMatch(of: regex) != nil
  }
}
