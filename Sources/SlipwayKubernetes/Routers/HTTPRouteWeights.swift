import SlipwayModel

/// The router `gateway_api`: the weights of a user's HTTPRoute.
///
/// All rules of the route that lead to the service, or to its slots, are divided; others are not touched. The list of rules is atomic
/// for server-side apply, which would take all of it from its owner. So a JSON patch replaces single rules, each behind a test that the
/// rule is still what was read: somebody else's edit in between makes the patch fail, and it is made anew from what is there then.
///
/// Rules for headers and cookies are copies of the divided rules with one match more. They stand at the end: the API prefers the more
/// specific match whatever the order (Gateway API, `HTTPRouteRule.matches`), and the user's own rules keep their places.
struct HTTPRouteWeights: ClusterRouter {
  let service: ManagedService
  /// The name of the user's HTTPRoute.
  let route: String

  var key: ObjectKey { service.object(.httpRoute, route) }

  var reads: RouterReads {
    RouterReads(objects: [key], endpointsOf: [service.root] + Slot.allCases.map { service.service(of: $0) })
  }

  /// Weights are whole numbers up to 1,000,000, in proportion to their sum.
  func expressible(_ share: Percentage) -> Bool { true }

  func refusal(of split: TrafficSplit) -> SlipwayError? { nil }

  func next(towards split: TrafficSplit, from present: ObjectSet) throws(SlipwayError) -> RoutingStep {
    let (document, rules) = try read(present)
    // A route has to lead somewhere; before the first release no pod answers anyway.
    guard let green = split.green else { return withdrawn(document) }
    let wanted = try divided(rules, by: split, note: TrafficSplit(noteOn: document))
    guard wanted != rules || TrafficSplit(noteOn: document) != split else { return .done }
    try service.guardAgainstSilence(raisingTo: TrafficSplit(green: green), from: share(in: rules), in: present)
    let patch = ListPatch.operations(from: rules, to: wanted, at: "/spec/rules")
    return .write(.patch(key, patch + JSONPatch.setting(annotation: Annotation.split, split.note, on: document)))
  }

  /// A route has to lead somewhere, so that it stays as it is when a first release is taken back, and only says so.
  private func withdrawn(_ document: ObjectDocument) -> RoutingStep {
    guard let note = TrafficSplit(noteOn: document), note != TrafficSplit.none else { return .done }
    return .write(.patch(key, JSONPatch.setting(annotation: Annotation.split, TrafficSplit.none.note, on: document)))
  }

  func splitInForce(in present: ObjectSet, sinceWrite: TimeSpan) -> TrafficSplit? {
    do {
      let (document, rules) = try read(present)
      // Never divided, or taken back from a first release: no slot has any of the traffic, whatever the weights say.
      if TrafficSplit(noteOn: document).map({ $0 == TrafficSplit.none }) ?? (share(in: rules) == nil) { return TrafficSplit.none }
      guard let green = share(in: rules), RouteAcceptance(ofRoute: document).isInForce(after: sinceWrite) else { return nil }
      if let asked = TrafficSplit(noteOn: document), isMade(by: asked, rules) { return asked }
      return TrafficSplit(green: green)
    } catch {
      // Of a route that is not there, or can't be used, no split can be told; the next write says why.
      return nil
    }
  }

  /// Whether the rules are just what a split makes; not when it could not be made any more.
  private func isMade(by split: TrafficSplit, _ rules: [JSONValue]) -> Bool {
    do { return try divided(rules, by: split, note: split) == rules } catch { return false }
  }

  // MARK: The list of rules

  private func read(_ present: ObjectSet) throws(SlipwayError) -> (ObjectDocument, [JSONValue]) {
    guard let document = present[key] else {
      throw SlipwayError(
        .routeMissing, .input, "there is no \(key)", remedy: "name an HTTPRoute of the namespace '\(service.namespace)' in the file")
    }
    let rules = document.json[path: ["spec", "rules"]]?.items ?? []
    guard rules.contains(where: { entries(of: $0).isManaged }) else {
      throw unsuitable("no rule of \(key) leads to Service '\(service.root.name)'", "name the HTTPRoute that does")
    }
    guard !rules.contains(where: { entries(of: $0).isShared }) else {
      throw unsuitable(
        "a rule of \(key) divides requests between '\(service.root.name)' and other services",
        "give the service a rule of its own: its weights can't be set without changing those of others")
    }
    return (document, rules)
  }

  /// The share that all divided rules agree on; `nil` when they don't, or one has not been divided yet.
  private func share(in rules: [JSONValue]) -> Percentage? {
    let shares = rules.filter { isDivided($0) }.map { entries(of: $0).green }
    return Set(shares).count == 1 ? shares[0] : nil
  }

  /// Whether a rule is one that is divided by weights: it leads to the service's own Service or to both slots.
  private func isDivided(_ rule: JSONValue) -> Bool {
    let owners = entries(of: rule).owners
    return owners.contains(.root) || Set(owners) == [.slot(.blue), .slot(.green)]
  }

  private func divided(_ rules: [JSONValue], by split: TrafficSplit, note: TrafficSplit?) throws(SlipwayError) -> [JSONValue] {
    var wanted: [JSONValue] = []
    for rule in rules where !isOwnRule(rule, note: note) {
      guard entries(of: rule).isManaged else {
        wanted.append(rule)
        continue
      }
      wanted.append(dividedRule(rule, by: split))
    }
    let users = wanted.filter { entries(of: $0).isManaged }
    for rule in split.rules {
      for user in users { wanted.append(try ruled(user, by: rule)) }
    }
    guard wanted.count <= 16 || split.rules.isEmpty else {
      throw unsuitable("\(key) would have \(wanted.count) rules, and 16 are allowed", "leave out rules of `routing`, or split the route")
    }
    return wanted
  }

  private func dividedRule(_ rule: JSONValue, by split: TrafficSplit) -> JSONValue {
    var rule = rule
    let isWhole = (split.green ?? .zero).basisPoints % 100 == 0
    let parts = entries(of: rule).divided(by: split, scale: isWhole ? 100 : 10_000, leading: leading)
    rule["backendRefs"] = .list(parts)
    let others = (rule["filters"]?.items ?? []).filter { !isOwnMirror($0) }
    let mirrors = split.mirrorTo.flatMap { slot in parts.first.map { [mirror(to: slot, split.mirror, like: $0)] } } ?? []
    rule["filters"] = others.isEmpty && mirrors.isEmpty ? nil : .list(others + mirrors)
    return rule
  }

  private func leading(_ reference: JSONValue, to slot: Slot) -> JSONValue {
    var reference = reference
    reference["name"] = .text(service.service(of: slot).name)
    return reference
  }

  private func mirror(to slot: Slot, _ share: Percentage, like reference: JSONValue) -> JSONValue {
    var backend: JSONValue = ["name": .text(service.service(of: slot).name)]
    for field in ["group", "kind", "namespace", "port"] { backend[field] = reference[field] }
    var filter: JSONValue = ["backendRef": backend]
    // Gateway API 1.2; implementations of older versions take every mirror for 100 %, so that is said without a number.
    if share != .hundred { filter["fraction"] = ["numerator": .integer(share.basisPoints), "denominator": 10_000] }
    return ["type": "RequestMirror", "requestMirror": filter]
  }

  private func isOwnMirror(_ filter: JSONValue) -> Bool {
    let name = filter[path: ["requestMirror", "backendRef", "name"]]?.text
    return Slot.allCases.contains { service.service(of: $0).name == name }
  }

  // MARK: Rules by header and cookie

  /// A copy of a user's rule for the requests that match it and the header: all of them to one slot.
  private func ruled(_ user: JSONValue, by rule: RoutingRule) throws(SlipwayError) -> JSONValue {
    var copy = user
    let header = Self.headerMatch(of: rule)
    var matches: [JSONValue] = []
    for match in user["matches"]?.items ?? [["path": ["type": "PathPrefix", "value": "/"]]] {
      let headers = match["headers"]?.items ?? []
      guard !headers.contains(where: { $0["name"]?.text?.lowercased() == header["name"]?.text?.lowercased() }) else {
        throw unsuitable(
          "a rule of \(key) looks at the header '\(rule.source == .cookie ? "Cookie" : rule.name)' already",
          "choose another header for the rule in `routing`")
      }
      var own = match
      own["headers"] = .list(headers + [header])
      matches.append(own)
    }
    copy["matches"] = .list(matches)
    copy["backendRefs"] = .list(
      [entries(of: user).template(for: rule.slot)].compactMap { $0 }.map { reference in
        var reference = leading(reference, to: rule.slot)
        reference["weight"] = 1
        return reference
      })
    copy["filters"] = (user["filters"]?.items?.filter { !isOwnMirror($0) }).flatMap { $0.isEmpty ? nil : .list($0) }
    // Names of rules are unique within a route.
    copy["name"] = nil
    return copy
  }

  static func headerMatch(of rule: RoutingRule) -> JSONValue {
    switch (rule.source, rule.value) {
    case (.header, let value?): ["type": "Exact", "name": .text(rule.name), "value": .text(value)]
    case (.header, nil): ["type": "RegularExpression", "name": .text(rule.name), "value": .text(HeaderPattern.any)]
    case (.cookie, let value):
      ["type": "RegularExpression", "name": "Cookie", "value": .text(HeaderPattern.cookie(rule.name, value: value))]
    }
  }

  /// Whether a rule was added for one of the rules that the note on the route names: to one slot alone, and for such a header.
  private func isOwnRule(_ rule: JSONValue, note: TrafficSplit?) -> Bool {
    guard let note, entries(of: rule).owners.count == 1, case .slot(let slot)? = entries(of: rule).owners.first,
      let matches = rule["matches"]?.items
    else { return false }
    let headers = note.rules.filter { $0.slot == slot }.map(Self.headerMatch)
    return !headers.isEmpty && matches.allSatisfy { match in headers.contains { (match["headers"]?.items ?? []).contains($0) } }
  }

  private func entries(of rule: JSONValue) -> WeightedEntries {
    WeightedEntries(rule["backendRefs"]?.items ?? []) { reference in
      guard (reference["kind"]?.text ?? "Service") == "Service", (reference["group"]?.text ?? "").isEmpty,
        (reference["namespace"]?.text ?? service.namespace.description) == service.namespace.description
      else { return .foreign }
      switch reference["name"]?.text {
      case service.root.name: return .root
      case service.service(of: .blue).name: return .slot(.blue)
      case service.service(of: .green).name: return .slot(.green)
      default: return .foreign
      }
    }
  }

  private func unsuitable(_ message: String, _ remedy: String) -> SlipwayError {
    SlipwayError(.routeUnsuitable, .input, message, remedy: remedy)
  }
}
