import SlipwayModel

/// What the data plane would do with requests now: by EndpointSlices as they are stored, and by routes as the routers took them up.
extension ClusterState {
  /// The names of the pods that a Service sends requests to, in their order: those that are ready; when none is, those that are
  /// stopping and still serve (KEP-1669, as kube-proxy does).
  package func route(service: String, namespace: String) -> [String] {
    let slices = tables[KindID.endpointSlice.index].objects(in: namespace, labels: ["kubernetes.io/service-name": service])
    let endpoints = slices.flatMap { $0.json["endpoints"]?.items ?? [] }
    func names(_ isWanted: (JSONValue) -> Bool) -> [String] {
      endpoints.filter { isWanted($0["conditions"] ?? [:]) }.compactMap { $0["targetRef", "name"]?.text }.sorted()
    }
    let ready = names { $0["ready"] == true }
    return ready.isEmpty ? names { $0["serving"] == true && $0["terminating"] == true } : ready
  }

  /// Sends a request straight to a Service.
  package func answer(service request: ServiceRequest) -> ServiceAnswer { reach(request.host, request) }

  /// Sends a request through the routers: a VirtualService, HTTPRoute or Ingress for its host, else the Service itself.
  package func answer(_ request: ServiceRequest) -> ServiceAnswer {
    if let answer = answerByVirtualService(request) { return answer }
    if let answer = answerByHTTPRoute(request) { return answer }
    if let answer = answerByIngress(request) { return answer }
    return answer(service: request)
  }

  /// Sends many requests whose draws are spread evenly, and counts who answered, by image, or by status such as `503`.
  package func answers(_ count: Int, to request: ServiceRequest) -> [String: Int] {
    var found: [String: Int] = [:]
    for index in 0..<count {
      var request = request
      request.draw = (Double(index) + 0.5) / Double(count)
      // The golden ratio spreads the pods evenly within each share.
      request.podDraw = (Double(index) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1)
      switch answer(request) {
      case .pod(_, let image): found[image, default: 0] += 1
      case .failed(let status, _): found[String(status), default: 0] += 1
      }
    }
    return found
  }

  func hasEndpoints(_ service: String, _ namespace: String) -> Bool { !route(service: service, namespace: namespace).isEmpty }

  /// A pod of a Service, restricted to those with certain labels.
  func reach(_ service: String, _ request: ServiceRequest, subset: [String: String] = [:]) -> ServiceAnswer {
    guard self[.service, ObjectName(request.namespace, service)] != nil else { return .failed(503, "there is no Service \(service)") }
    let pods = route(service: service, namespace: request.namespace).filter { pod in
      guard !subset.isEmpty else { return true }
      let labels = self[.pod, ObjectName(request.namespace, pod)]?.labels ?? [:]
      return subset.allSatisfy { labels[$0.key] == $0.value }
    }
    guard !pods.isEmpty else { return .failed(503, "the Service \(service) has no endpoints") }
    let name = pods[min(Int(request.podDraw * Double(pods.count)), pods.count - 1)]
    let key = ObjectName(request.namespace, name)
    guard let pod = self[.pod, key], runs[key]?.serves == true else { return .failed(502, "nothing listens at \(name)") }
    return .pod(name: name, image: pod.json["spec", "containers"]?.items?.first?["image"]?.text ?? "")
  }

  /// The routes of a kind in a namespace as the routers know them, in the order of their names.
  func routes(_ kind: KindID, _ namespace: String) -> [StoredRoute] {
    programmed.filter { $0.key.kind == kind && $0.key.name.namespace == namespace }
      .sorted { $0.key < $1.key }.map { StoredRoute(name: $0.key.name.name, json: $0.value) }
  }
}

/// A route as a router took it up.
struct StoredRoute: Sendable {
  let name: String
  let json: JSONValue
}

/// Picks by weights.
enum Weighted {
  /// The index whose stretch the draw falls into; `nil` when all weights are zero.
  static func pick(_ weights: [Int], draw: Double) -> Int? {
    let total = weights.reduce(0, +)
    guard total > 0 else { return nil }
    var rest = draw * Double(total)
    for (index, weight) in weights.enumerated() where weight > 0 {
      if rest < Double(weight) { return index }
      rest -= Double(weight)
    }
    return weights.lastIndex { $0 > 0 }
  }
}
