import SlipwayModel

/// The router `istio`: the weights of HTTP routes of a user's VirtualService.
///
/// The slots are hosts of their own (`api-blue`, `api-green`), or subsets of the service's host that a DestinationRule names. Subsets are
/// called `blue` and `green` and choose by the label `slipway.dev/slot`, so they never change with a release: the pair of "labels of the
/// subset" and "weights of the route", which can't be changed together, is not needed (argo #4195, #2507). Subsets are of the endpoints
/// of the service's own Service, which therefore selects both slots. The first use of a rule goes in four steps, each safe by itself:
/// the subsets are added; the route leads to the subset of the slot that has the traffic; the Service selects both slots; weights move.
///
/// The list of routes belongs to the user and is atomic for server-side apply, so it is changed by JSON patches with tests, as in
/// ``HTTPRouteWeights``. Routes for headers and cookies stand before the one they are copied from, since the first match wins.
struct VirtualServiceWeights: ClusterRouter {
  let service: ManagedService
  let spec: IstioRouter

  var key: ObjectKey { service.object(.virtualService, spec.virtualService) }
  var destinationRule: ObjectKey? { spec.destinationRule.map { service.object(.destinationRule, $0) } }

  var reads: RouterReads {
    RouterReads(
      objects: [key, service.root] + (destinationRule.map { [$0] } ?? []),
      endpointsOf: [service.root] + Slot.allCases.map { service.service(of: $0) })
  }

  /// Weights are whole percents: versions of Istio before 1.13 want them to sum to 100.
  func expressible(_ share: Percentage) -> Bool { share.basisPoints % 100 == 0 }

  func refusal(of split: TrafficSplit) -> SlipwayError? {
    guard let green = split.green, !expressible(green) else { return nil }
    return SlipwayError(
      .splitNotExpressible, .input, "the router 'istio' takes whole percents, and \(green) was asked for",
      remedy: "round the stage's share to a whole percent")
  }

  func next(towards split: TrafficSplit, from present: ObjectSet) throws(SlipwayError) -> RoutingStep {
    if let refusal = refusal(of: split) { throw refusal }
    let (document, routes) = try read(present)
    guard split.green != nil else { return withdrawn(document) }
    if destinationRule != nil {
      if let step = try subsetStep(in: present, routes: routes, document: document) { return step }
    }
    return try write(split, over: document, routes: routes, in: present)
  }

  private func write(
    _ split: TrafficSplit, over document: ObjectDocument, routes: [JSONValue], in present: ObjectSet
  ) throws(SlipwayError) -> RoutingStep {
    let wanted = try divided(routes, by: split)
    guard wanted != routes || TrafficSplit(noteOn: document) != split else { return .done }
    try service.guardAgainstSilence(raisingTo: split, from: share(in: routes), in: present)
    let patch = ListPatch.operations(from: routes, to: wanted, at: "/spec/http")
    return .write(.patch(key, patch + JSONPatch.setting(annotation: Annotation.split, split.note, on: document)))
  }

  /// A route has to lead somewhere, so that it stays as it is when a first release is taken back, and only says so.
  private func withdrawn(_ document: ObjectDocument) -> RoutingStep {
    guard let note = TrafficSplit(noteOn: document), note != TrafficSplit.none else { return .done }
    return .write(.patch(key, JSONPatch.setting(annotation: Annotation.split, TrafficSplit.none.note, on: document)))
  }

  func splitInForce(in present: ObjectSet, sinceWrite: TimeSpan) -> TrafficSplit? {
    do {
      let (document, routes) = try read(present)
      // Never divided, or taken back from a first release: no slot has any of the traffic, whatever the weights say.
      if TrafficSplit(noteOn: document).map({ $0 == TrafficSplit.none }) ?? (share(in: routes) == nil) { return TrafficSplit.none }
      guard let green = share(in: routes), hasTakenUp(document) || sinceWrite >= RouteAcceptance.patience else { return nil }
      if let asked = TrafficSplit(noteOn: document), isMade(by: asked, routes) { return asked }
      return TrafficSplit(green: green)
    } catch {
      // Of a route that is not there, or can't be used, no split can be told; the next write says why.
      return nil
    }
  }

  /// Whether Istio's status is of this generation. It writes one only where it was told to.
  private func hasTakenUp(_ document: ObjectDocument) -> Bool {
    let observed = document.status?["observedGeneration"].flatMap { $0.integer ?? $0.text.flatMap { Int($0) } } ?? 0
    return observed == 0 || observed >= document.generation ?? 0
  }

  /// Whether the routes are just what a split makes; not when it could not be made any more.
  private func isMade(by split: TrafficSplit, _ routes: [JSONValue]) -> Bool {
    do { return try divided(routes, by: split) == routes } catch { return false }
  }

  // MARK: Subsets

  /// What is to be done before weights can be set on subsets; `nil` when all is ready.
  private func subsetStep(in present: ObjectSet, routes: [JSONValue], document: ObjectDocument) throws(SlipwayError) -> RoutingStep? {
    guard let key = destinationRule, let rule = present[key] else {
      throw SlipwayError(
        .routeMissing, .input, "there is no DestinationRule '\(spec.destinationRule ?? "")'",
        remedy: "name a DestinationRule of the namespace '\(service.namespace)', or none: then the slots are hosts of their own")
    }
    let old = rule.json[path: ["spec", "subsets"]]?.items
    var subsets = old ?? []
    for slot in Slot.allCases {
      let labels = JSONValue.texts([Label.slot: slot.rawValue])
      guard let there = subsets.first(where: { $0["name"]?.text == slot.rawValue }) else {
        subsets.append(["name": .text(slot.rawValue), "labels": labels])
        continue
      }
      guard there["labels"] == labels else {
        throw unsuitable("\(key) has a subset '\(slot.rawValue)' with other labels", "rename that subset, or give its labels to Slipway")
      }
    }
    if subsets != old ?? [] {
      return .write(
        .patch(
          key,
          old.map { [.test("/spec/subsets", .list($0)), .replace("/spec/subsets", .list(subsets))] } ?? [
            .add("/spec/subsets", .list(subsets))
          ]))
    }
    let selection = present[service.root].flatMap { service.selection(of: $0) }
    guard selection != .both else { return nil }
    guard case .only(let live) = selection else {
      // Nothing of Slipway's has traffic yet.
      return .write(.apply(service.rootDocument(selecting: .both, for: .none, over: present[service.root])))
    }
    // The route names the live slot's subset before the Service has endpoints of both.
    if case .write(let change) = try write(.all(to: live), over: document, routes: routes, in: present) { return .write(change) }
    return .write(.apply(service.rootDocument(selecting: .both, for: .all(to: live), over: present[service.root])))
  }

  // MARK: The list of routes

  private var ownPrefix: String { "slipway.dev/\(service.key.service)/" }

  private func read(_ present: ObjectSet) throws(SlipwayError) -> (ObjectDocument, [JSONValue]) {
    guard let document = present[key] else {
      throw SlipwayError(
        .routeMissing, .input, "there is no \(key)", remedy: "name a VirtualService of the namespace '\(service.namespace)' in the file")
    }
    let routes = document.json[path: ["spec", "http"]]?.items ?? []
    let users = routes.filter { !isOwnRoute($0) }
    for name in spec.routes where !users.contains(where: { $0["name"]?.text == name }) {
      throw unsuitable("\(key) has no HTTP route '\(name)'", "name one that it has")
    }
    guard !spec.routes.isEmpty || users.count == 1 else {
      throw unsuitable("\(key) has \(users.count) HTTP routes", "name in `routes` those whose weights are Slipway's")
    }
    for route in users where isDivided(route) {
      guard entries(of: route).isManaged, !entries(of: route).isShared else {
        throw unsuitable(
          "the route '\(route["name"]?.text ?? "1")' of \(key) does not lead to '\(service.root.name)' alone",
          "give the service a route of its own: its weights can't be set without changing those of others")
      }
      if let mirror = route["mirror"], owner(of: mirror) == .foreign {
        throw unsuitable("the route '\(route["name"]?.text ?? "1")' of \(key) has a mirror of its own", "leave one of the two out")
      }
    }
    return (document, routes)
  }

  private func isOwnRoute(_ route: JSONValue) -> Bool { route["name"]?.text?.hasPrefix(ownPrefix) ?? false }

  /// Whether the route's weights are Slipway's.
  private func isDivided(_ route: JSONValue) -> Bool {
    !isOwnRoute(route) && (spec.routes.isEmpty || spec.routes.contains { $0 == route["name"]?.text })
  }

  private func share(in routes: [JSONValue]) -> Percentage? {
    let shares = routes.filter { isDivided($0) }.map { entries(of: $0).green }
    return Set(shares).count == 1 ? shares[0] : nil
  }

  private func divided(_ routes: [JSONValue], by split: TrafficSplit) throws(SlipwayError) -> [JSONValue] {
    var wanted: [JSONValue] = []
    for route in routes where !isOwnRoute(route) {
      guard isDivided(route) else {
        wanted.append(route)
        continue
      }
      for rule in split.rules {
        wanted.append(try ruled(route, by: rule, name: "\(ownPrefix)\(wanted.count)"))
      }
      var own = route
      own["route"] = .list(entries(of: route).divided(by: split, scale: 100, leading: leading))
      own["mirror"] = split.mirrorTo.flatMap { slot in
        entries(of: route).template(for: slot).flatMap { leading($0, to: slot)["destination"] }
      }
      if split.mirrorTo != nil || route["mirror"] != nil {
        own["mirrorPercentage"] = split.mirrorTo.map { _ in ["value": .exact(split.mirror.percent)] }
      }
      wanted.append(own)
    }
    return wanted
  }

  /// A copy of a route for the requests that match it and the header.
  private func ruled(_ route: JSONValue, by rule: RoutingRule, name: String) throws(SlipwayError) -> JSONValue {
    var copy = route
    // Istio wants names of headers in lower case.
    let header = rule.source == .cookie ? "cookie" : rule.name.lowercased()
    let value: JSONValue =
      switch (rule.source, rule.value) {
      case (.header, let value?): ["exact": .text(value)]
      case (.header, nil): ["regex": .text(HeaderPattern.any)]
      case (.cookie, let value): ["regex": .text(HeaderPattern.cookie(rule.name, value: value))]
      }
    var matches: [JSONValue] = []
    for match in route["match"]?.items ?? [[:]] {
      guard !(match["headers"]?.members ?? [:]).keys.contains(where: { $0.lowercased() == header }) else {
        throw unsuitable("a route of \(key) looks at the header '\(header)' already", "choose another header for the rule in `routing`")
      }
      var own = match
      var headers = match["headers"] ?? [:]
      headers[header] = value
      own["headers"] = headers
      own["name"] = nil
      matches.append(own)
    }
    copy["name"] = .text(name)
    copy["match"] = .list(matches)
    copy["route"] = .list(
      [entries(of: route).template(for: rule.slot)].compactMap { $0 }.map { entry in
        var entry = leading(entry, to: rule.slot)
        entry["weight"] = 100
        return entry
      })
    copy["mirror"] = nil
    copy["mirrorPercentage"] = nil
    return copy
  }

  // MARK: Destinations

  private func entries(of route: JSONValue) -> WeightedEntries {
    WeightedEntries(route["route"]?.items ?? []) { owner(of: $0["destination"] ?? [:]) }
  }

  private func owner(of destination: JSONValue) -> WeightedEntries.Owner {
    let (name, suffix) = Self.parts(ofHost: destination["host"]?.text ?? "")
    guard ["", ".\(service.namespace)", ".\(service.namespace).svc", ".\(service.namespace).svc.cluster.local"].contains(suffix) else {
      return .foreign
    }
    if name == service.root.name {
      guard let subset = destination["subset"]?.text else { return .root }
      return spec.destinationRule == nil ? .foreign : Slot(rawValue: subset).map { .slot($0) } ?? .foreign
    }
    guard spec.destinationRule == nil else { return .foreign }
    return Slot.allCases.first { service.service(of: $0).name == name }.map { .slot($0) } ?? .foreign
  }

  private func leading(_ entry: JSONValue, to slot: Slot) -> JSONValue {
    var entry = entry
    if spec.destinationRule != nil {
      entry["destination"]?["subset"] = .text(slot.rawValue)
    } else {
      // A host is spelled as the user spells it.
      let (_, suffix) = Self.parts(ofHost: entry[path: ["destination", "host"]]?.text ?? "")
      entry["destination"]?["host"] = .text(service.service(of: slot).name + suffix)
    }
    return entry
  }

  /// `api` and `.shop.svc.cluster.local`.
  private static func parts(ofHost host: String) -> (name: String, suffix: String) {
    let name = host.prefix { $0 != "." }
    return (String(name), String(host.dropFirst(name.count)))
  }

  private func unsuitable(_ message: String, _ remedy: String) -> SlipwayError {
    SlipwayError(.routeUnsuitable, .input, message, remedy: remedy)
  }
}

extension JSONValue {
  /// A number that stays whole when it is.
  fileprivate static func exact(_ number: Double) -> JSONValue {
    number == number.rounded() ? .integer(Int(number)) : .decimal(number)
  }
}
