import SlipwayModel

/// Gateway API's `HTTPRoute` (its specification, "HTTPRouteRule").
extension ClusterState {
  /// `nil` when no HTTPRoute is for the host.
  func answerByHTTPRoute(_ request: ServiceRequest) -> ServiceAnswer? {
    let all = routes(.httpRoute, request.namespace).filter { route in
      let hosts = (route.json["spec", "hostnames"]?.items ?? []).compactMap(\.text)
      if !hosts.isEmpty { return hosts.contains(request.host) }
      // Without host names a route is for what it hangs on: a Gateway, or with mesh routing the Service itself.
      let parents = route.json["spec", "parentRefs"]?.items ?? []
      return parents.contains { $0["kind"]?.text == "Gateway" || $0["name"]?.text == request.host }
    }
    let rules = all.flatMap { $0.json["spec", "rules"]?.items ?? [] }
    guard !rules.isEmpty else { return nil }
    // The most specific match wins, then the first rule.
    var best: (rule: JSONValue, rank: [Int])?
    for rule in rules {
      guard let rank = rank(rule, request) else { continue }
      if best.map({ $0.rank.lexicographicallyPrecedes(rank) }) ?? true { best = (rule, rank) }
    }
    guard let rule = best?.rule else { return .failed(404, "no rule fits") }
    let backends = rule["backendRefs"]?.items ?? []
    guard let index = Weighted.pick(backends.map { $0["weight"]?.integer ?? 1 }, draw: request.draw) else {
      return .failed(500, "the rule has no backend with a weight")
    }
    let name = backends[index]["name"]?.text ?? ""
    guard self[.service, ObjectName(request.namespace, name)] != nil else { return .failed(500, "there is no Service \(name)") }
    return reach(name, request)
  }

  /// How specific the best match of a rule is, by path and number of headers; `nil` when none fits.
  private func rank(_ rule: JSONValue, _ request: ServiceRequest) -> [Int]? {
    guard let matches = rule["matches"]?.items, !matches.isEmpty else { return [0, 0, 0] }
    return matches.compactMap { match -> [Int]? in
      let wanted = match["path", "value"]?.text ?? "/"
      let isExact = match["path", "type"]?.text == "Exact"
      guard isExact ? request.path == wanted : Self.isPrefix(wanted, of: request.path) else { return nil }
      let headers = match["headers"]?.items ?? []
      let fits = headers.allSatisfy { header in
        guard let value = request.headers[header["name"]?.text?.lowercased() ?? ""] else { return false }
        let text = header["value"]?.text ?? ""
        return header["type"]?.text == "RegularExpression" ? Self.matches(value, text) : value == text
      }
      return fits ? [isExact ? 1 : 0, wanted.count, headers.count] : nil
    }.max { $0.lexicographicallyPrecedes($1) }
  }

  /// Whole elements of a path count.
  private static func isPrefix(_ prefix: String, of path: String) -> Bool {
    let wanted = prefix.split(separator: "/")
    return path.split(separator: "/").starts(with: wanted)
  }
}
