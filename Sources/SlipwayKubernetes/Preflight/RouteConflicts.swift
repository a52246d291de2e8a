import SlipwayModel

/// Objects that answer for the same requests as the one whose weights are to be set. Which of two counts is decided by age, so a share
/// that is set on one may never be seen by any request.
package enum RouteConflicts {
  /// - Parameters:
  ///   - user: the Ingress that leads to the service.
  ///   - canary: the name of the Ingress that Slipway makes beside it.
  ///   - all: every Ingress of the namespace.
  package static func problems(of user: ObjectDocument, canary: String, among all: [ObjectDocument]) -> [SlipwayError] {
    let own = paths(of: user)
    return all.filter { $0.name != user.name && $0.name != canary && ingressClass(of: $0) == ingressClass(of: user) }.compactMap { other in
      let shared = own.intersection(paths(of: other)).sorted()
      guard !shared.isEmpty else { return nil }
      // Of several canaries for a rule ingress-nginx takes one.
      let isCanary = other.annotations["nginx.ingress.kubernetes.io/canary"] == "true"
      return conflict(
        "Ingress '\(other.name ?? "")' is \(isCanary ? "another canary" : "another one") for \(shared.joined(separator: ", "))",
        remedy: "delete it, or take these paths out of it")
    }
  }

  private static func paths(of ingress: ObjectDocument) -> Set<String> {
    Set(
      (ingress.spec?["rules"]?.items ?? []).flatMap { rule in
        (rule[path: ["http", "paths"]]?.items ?? []).map { "\(rule["host"]?.text ?? "*")\($0["path"]?.text ?? "/")" }
      })
  }

  private static func ingressClass(of ingress: ObjectDocument) -> String? {
    ingress.spec?["ingressClassName"]?.text ?? ingress.annotations["kubernetes.io/ingress.class"]
  }

  /// - Parameters:
  ///   - route: the HTTPRoute that leads to the service.
  ///   - all: every HTTPRoute of the namespace.
  package static func problems(ofRoute route: ObjectDocument, among all: [ObjectDocument]) -> [SlipwayError] {
    let own = matches(of: route)
    return all.filter { $0.name != route.name }.compactMap { other in
      let shared = own.intersection(matches(of: other))
      let words = Set(shared.map(\.words)).sorted()
      guard !words.isEmpty else { return nil }
      return conflict(
        "HTTPRoute '\(other.name ?? "")' matches the same requests: \(words.joined(separator: ", "))",
        remedy: "delete it, or take these matches out of it: the gateway follows the older of the two")
    }
  }

  /// A gateway, a host, and what is looked at in a request.
  private struct Match: Hashable {
    let parent: String
    let host: String
    let match: JSONValue

    var words: String {
      host + (match[path: ["path", "value"]]?.text ?? "/")
        + (match["headers"] == nil && match["method"] == nil ? "" : " by header or method")
    }
  }

  private static func matches(of route: ObjectDocument) -> Set<Match> {
    let namespace = route.namespace ?? ""
    let parents = (route.spec?["parentRefs"]?.items ?? []).map { parent in
      let section = parent["sectionName"]?.text ?? "" + (parent["port"]?.integer.map { ":\($0)" } ?? "")
      return "\(parent["namespace"]?.text ?? namespace)/\(parent["name"]?.text ?? "")/\(section)"
    }
    let hosts = (route.spec?["hostnames"]?.items ?? []).compactMap(\.text)
    let matches = (route.spec?["rules"]?.items ?? []).flatMap { rule -> [JSONValue] in
      let stated = rule["matches"]?.items ?? []
      return (stated.isEmpty ? [[:]] : stated).map(complete)
    }
    return Set(
      parents.flatMap { parent in
        (hosts.isEmpty ? ["*"] : hosts).flatMap { host in matches.map { Match(parent: parent, host: host, match: $0) } }
      })
  }

  /// A match with what the API fills in.
  private static func complete(_ match: JSONValue) -> JSONValue {
    var match = match
    if match["path"] == nil { match["path"] = [:] }
    if match["path"]?["type"] == nil { match["path"]?["type"] = "PathPrefix" }
    if match["path"]?["value"] == nil { match["path"]?["value"] = "/" }
    return match
  }

  /// - Parameters:
  ///   - service: the VirtualService that leads to the service.
  ///   - all: every VirtualService of the namespace.
  package static func problems(ofVirtualService service: ObjectDocument, among all: [ObjectDocument]) -> [SlipwayError] {
    func hosts(_ document: ObjectDocument) -> Set<String> {
      Set((document.spec?["hosts"]?.items ?? []).compactMap(\.text).map { fullName($0, in: document.namespace ?? "") })
    }
    // At gateways Istio merges them; within the mesh it follows the oldest (Istio, "Split large virtual services").
    func isInMesh(_ document: ObjectDocument) -> Bool {
      let gateways = (document.spec?["gateways"]?.items ?? []).compactMap(\.text)
      return gateways.isEmpty || gateways.contains("mesh")
    }
    guard isInMesh(service) else { return [] }
    return all.filter { $0.name != service.name && isInMesh($0) }.compactMap { other in
      let shared = hosts(service).intersection(hosts(other)).sorted()
      guard !shared.isEmpty else { return nil }
      return conflict(
        "VirtualService '\(other.name ?? "")' is another one for \(shared.joined(separator: ", ")) in the mesh",
        remedy: "delete it, or take these hosts out of it: Istio follows the older of the two")
    }
  }

  /// `api` and `api.shop.svc.cluster.local` are one host.
  private static func fullName(_ host: String, in namespace: String) -> String {
    for suffix in [".svc.cluster.local", ".svc"] where host.hasSuffix(suffix) { return String(host.dropLast(suffix.count)) }
    return host.contains(".") ? host : "\(host).\(namespace)"
  }

  static func conflict(_ message: String, remedy: String) -> SlipwayError {
    SlipwayError(.routeConflict, .input, message, remedy: remedy)
  }
}

extension SlipwayError.Code {
  package static let routeConflict = Self("route-conflict")
  package static let routeRefused = Self("route-refused")
  package static let configurationMissing = Self("configuration-missing")
}
