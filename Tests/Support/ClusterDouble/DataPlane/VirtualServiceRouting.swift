import SlipwayModel

/// Istio's `VirtualService` (its reference, "HTTPRoute", "HTTPMatchRequest").
extension ClusterState {
  /// `nil` when no VirtualService is for the host.
  func answerByVirtualService(_ request: ServiceRequest) -> ServiceAnswer? {
    let route = routes(.virtualService, request.namespace).first { route in
      (route.json["spec", "hosts"]?.items ?? []).contains { host in
        host.text.map { service(of: $0, request.namespace) == service(of: request.host, request.namespace) } ?? false
      }
    }
    guard let route else { return nil }
    // The first block that fits decides.
    guard let block = (route.json["spec", "http"]?.items ?? []).first(where: { fits($0, request) }) else {
      return .failed(404, "no block of the VirtualService \(route.name) fits")
    }
    let destinations = block["route"]?.items ?? []
    // One destination alone needs no weight.
    let weights = destinations.map { $0["weight"]?.integer ?? (destinations.count == 1 ? 100 : 0) }
    guard let index = Weighted.pick(weights, draw: request.draw), let destination = destinations[index]["destination"] else {
      return .failed(503, "the VirtualService \(route.name) has no destination with a weight")
    }
    return reach(destination, request)
  }

  private func reach(_ destination: JSONValue, _ request: ServiceRequest) -> ServiceAnswer {
    let name = service(of: destination["host"]?.text ?? "", request.namespace)
    guard let subset = destination["subset"]?.text else { return reach(name, request) }
    let rule = routes(.destinationRule, request.namespace)
      .first { service(of: $0.json["spec", "host"]?.text ?? "", request.namespace) == name }
    let labels = (rule?.json["spec", "subsets"]?.items ?? []).first { $0["name"]?.text == subset }?["labels"]?.texts
    // Envoy has no cluster for a subset that no DestinationRule names.
    guard let labels else { return .failed(503, "no DestinationRule has the subset \(subset) of \(name)") }
    return reach(name, request, subset: labels)
  }

  /// `api`, `api.default` and `api.default.svc.cluster.local` are the same Service.
  private func service(of host: String, _ namespace: String) -> String {
    for suffix in [".\(namespace).svc.cluster.local", ".\(namespace).svc", ".\(namespace)"] where host.hasSuffix(suffix) {
      return String(host.dropLast(suffix.count))
    }
    return host
  }

  /// Any of the matches, all of its conditions.
  private func fits(_ block: JSONValue, _ request: ServiceRequest) -> Bool {
    guard let matches = block["match"]?.items, !matches.isEmpty else { return true }
    return matches.contains { match in
      if let uri = match["uri"], !Self.fits(uri, request.path) { return false }
      return (match["headers"]?.members ?? [:]).allSatisfy { name, wanted in
        if name.lowercased() == "cookie", request.headers["cookie"] == nil {
          let text = request.cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
          return !text.isEmpty && Self.fits(wanted, text)
        }
        return request.headers[name.lowercased()].map { Self.fits(wanted, $0) } ?? false
      }
    }
  }

  /// `StringMatch`; its regular expressions fit the whole text.
  private static func fits(_ wanted: JSONValue, _ text: String) -> Bool {
    if let exact = wanted["exact"]?.text { return text == exact }
    if let prefix = wanted["prefix"]?.text { return text.hasPrefix(prefix) }
    if let pattern = wanted["regex"]?.text { return matches(text, "^(?:\(pattern))$") }
    return true
  }
}
