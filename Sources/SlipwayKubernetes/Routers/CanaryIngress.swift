import SlipwayModel

/// The router `nginx`: a second Ingress with the canary annotations of ingress-nginx beside the user's own, which is only read.
///
/// The user's Ingress leads to the service's own Service, and that to one slot, the primary. The canary Ingress leads to the other
/// slot's Service with a weight. So a share needs one write to an object that is Slipway's own, and the end of a rollout needs two, in
/// this order, each safe by itself:
///
/// 1. The service's own Service selects the new slot. Whatever the canary's weight is, both ways now lead to the new slot, or still to
///    pods of the old one that are kept.
/// 2. Once no endpoint of that Service is a pod of the old slot, the canary Ingress is deleted. Before that, deleting it would send
///    its share to the old pods again.
///
/// The way back from a share is one write: the canary Ingress is deleted, and the primary, which was never touched, takes all.
struct CanaryIngress: ClusterRouter {
  let service: ManagedService
  /// The name of the user's Ingress.
  let ingress: String

  private static let prefix = "nginx.ingress.kubernetes.io/"

  var primary: ObjectKey { service.object(.ingress, ingress) }
  /// Named after both, since one Ingress may lead to several services.
  var canary: ObjectKey { service.object(.ingress, "\(ingress)-\(service.key.service)-canary") }

  var reads: RouterReads {
    RouterReads(
      objects: [service.root, primary, canary], endpointsOf: [service.root] + Slot.allCases.map { service.service(of: $0) })
  }

  /// Weights are whole numbers of any total.
  func expressible(_ share: Percentage) -> Bool { true }

  func refusal(of split: TrafficSplit) -> SlipwayError? {
    func refused(_ reason: String, remedy: String) -> SlipwayError {
      SlipwayError(.splitNotExpressible, .input, "the router 'nginx' \(reason)", remedy: remedy)
    }
    let other = "or name another router: istio or gateway_api"
    if split.mirrorTo != nil { return refused("can't mirror requests to a slot", remedy: "leave out the mirror, \(other)") }
    let headers = split.rules.count { $0.source == .header }
    guard headers <= 1, split.rules.count - headers <= 1 else {
      return refused("takes one header and one cookie, since ingress-nginx knows one canary per rule", remedy: "leave out rules, \(other)")
    }
    if let cookie = split.rules.first(where: { $0.source == .cookie }), cookie.value != "always" {
      return refused(
        "follows a cookie only when its value is 'always'", remedy: "state 'always' as the value of '\(cookie.name)', \(other)")
    }
    // ingress-nginx looks at the header first, whatever the order of the annotations.
    if let first = split.rules.first, split.rules.count == 2, first.source == .cookie {
      return refused("looks at the header before the cookie", remedy: "put the rule with the header first, \(other)")
    }
    return nil
  }

  func next(towards split: TrafficSplit, from present: ObjectSet) throws(SlipwayError) -> RoutingStep {
    if let refusal = refusal(of: split) { throw refusal }
    let rules = try primaryRules(in: present)
    let root = present[service.root]
    let selected = root.flatMap { service.selection(of: $0) }
    let green = split.green ?? .zero
    // Nobody, or everything to one slot and no rule: the end of a rollout, or the way back.
    if split.rules.isEmpty, split.green == nil || green == .zero || green == .hundred {
      let wanted: Selection = split.green == nil ? .nobody : .only(green == .hundred ? .green : .blue)
      return try settle(on: wanted, selected: selected, in: present)
    }
    guard case .only(let live) = selected else {
      // Adopted, or never routed: the slot with the larger share becomes the primary one first.
      let larger: Slot = green >= green.complement ? .green : .blue
      try service.guardAgainstSilence(selecting: .only(larger), in: present)
      return .write(.apply(service.rootDocument(selecting: .only(larger), for: .all(to: larger), over: root)))
    }
    guard split.rules.allSatisfy({ $0.slot == live.other }) else {
      throw SlipwayError(
        .splitNotExpressible, .input, "the router 'nginx' can send requests by rules only to \(service.name(of: live.other))",
        remedy: "leave out rules for \(service.name(of: live)): it gets what no rule takes")
    }
    let document = canaryDocument(for: split, to: live.other, rules: rules, of: present[primary])
    if let there = present[canary], there.covers(document) { return .done }
    try service.guardAgainstSilence(raisingTo: split, from: currentShare(live: live, in: present), in: present)
    return .write(.apply(document))
  }

  /// One slot has everything: first the Service, then the canary goes.
  private func settle(on wanted: Selection, selected: Selection?, in present: ObjectSet) throws(SlipwayError) -> RoutingStep {
    let root = present[service.root]
    guard case .only(let slot) = wanted else {
      if present[canary] != nil { return .write(.delete(canary, version: nil)) }
      if root == nil || selected == .nobody { return .done }
      return .write(.apply(service.rootDocument(selecting: .nobody, for: .none, over: root)))
    }
    if selected != wanted {
      try service.guardAgainstSilence(selecting: wanted, in: present)
      return .write(.apply(service.rootDocument(selecting: wanted, for: .all(to: slot), over: root)))
    }
    guard present[canary] != nil else { return .done }
    let old = present.readyPods(behind: service.service(of: slot.other))
    guard present.readyPods(behind: service.root).isDisjoint(with: old) else {
      return .wait("Service '\(service.root.name)' to have pods of \(service.name(of: slot)) only")
    }
    try service.guardAgainstSilence(raisingTo: .all(to: slot), from: currentShare(live: slot, in: present), in: present)
    return .write(.delete(canary, version: nil))
  }

  /// Green's share as the canary Ingress says, when `live` is the primary slot.
  private func currentShare(live: Slot, in present: ObjectSet) -> Percentage? {
    guard let there = present[canary] else { return TrafficSplit.all(to: live).green }
    guard let weight = Int(there.annotations[Self.prefix + "canary-weight"] ?? "0"),
      let total = Int(there.annotations[Self.prefix + "canary-weight-total"] ?? "100"), total > 0, (0...total).contains(weight),
      let share = Percentage(basisPoints: weight * 10_000 / total)
    else { return nil }
    return TrafficSplit.share(share, to: live.other).green
  }

  func splitInForce(in present: ObjectSet, sinceWrite: TimeSpan) -> TrafficSplit? {
    guard let root = present[service.root] else { return TrafficSplit.none }
    guard case .only(let live) = service.selection(of: root) else {
      return service.selection(of: root) == .nobody ? TrafficSplit.none : nil
    }
    guard present.readyPods(behind: service.root).isDisjoint(with: present.readyPods(behind: service.service(of: live.other))) else {
      return nil
    }
    guard let there = present[canary] else { return .all(to: live) }
    guard let green = currentShare(live: live, in: present) else { return nil }
    if let asked = TrafficSplit(noteOn: there), asked.green == green, isMade(by: asked, to: live.other, there, in: present) { return asked }
    return TrafficSplit(green: green)
  }

  /// Whether the canary Ingress is just what a split makes; not when the user's Ingress is not there any more.
  private func isMade(by split: TrafficSplit, to slot: Slot, _ there: ObjectDocument, in present: ObjectSet) -> Bool {
    do {
      return there.covers(canaryDocument(for: split, to: slot, rules: try primaryRules(in: present), of: present[primary]))
    } catch {
      return false
    }
  }

  // MARK: The canary Ingress

  /// The rules of the user's Ingress that lead to the service, and of these only such paths.
  private func primaryRules(in present: ObjectSet) throws(SlipwayError) -> [JSONValue] {
    guard let document = present[primary] else {
      throw SlipwayError(
        .routeMissing, .input, "there is no \(primary)", remedy: "name an Ingress of the namespace '\(service.namespace)' in the file")
    }
    let rules = (document.json[path: ["spec", "rules"]]?.items ?? []).compactMap { rule -> JSONValue? in
      let paths = (rule[path: ["http", "paths"]]?.items ?? []).filter {
        $0[path: ["backend", "service", "name"]]?.text == service.root.name
      }
      guard !paths.isEmpty else { return nil }
      var own = rule
      own["http"]?["paths"] = .list(paths)
      return own
    }
    guard !rules.isEmpty, document.annotations[Self.prefix + "canary"] != "true" else {
      throw SlipwayError(
        .routeUnsuitable, .input, "no rule of \(primary) leads to Service '\(service.root.name)', or it is a canary itself",
        remedy: "name the Ingress whose rules have Service '\(service.root.name)' as their backend")
    }
    return rules
  }

  private func canaryDocument(
    for split: TrafficSplit, to slot: Slot, rules: [JSONValue], of user: ObjectDocument?
  ) -> ObjectDocument {
    var annotations = (user?.annotations ?? [:]).filter { Self.isInherited($0.key) }
    let share = split.weight(of: slot)
    let isWhole = share.basisPoints % 100 == 0
    annotations[Self.prefix + "canary"] = "true"
    annotations[Self.prefix + "canary-weight"] = String(isWhole ? share.basisPoints / 100 : share.basisPoints)
    annotations[Self.prefix + "canary-weight-total"] = isWhole ? "100" : "10000"
    for rule in split.rules {
      switch rule.source {
      case .cookie: annotations[Self.prefix + "canary-by-cookie"] = rule.name
      case .header:
        annotations[Self.prefix + "canary-by-header"] = rule.name
        annotations[Self.prefix + (rule.value == nil ? "canary-by-header-pattern" : "canary-by-header-value")] =
          rule.value ?? HeaderPattern.any
      }
    }
    annotations[Annotation.split] = split.note
    var document = ObjectDocument(
      canary, labels: service.labels.merging([Label.slot: slot.rawValue]) { $1 }, annotations: annotations)
    document.json["spec"] = ["rules": .list(rules.map { leading($0, to: slot) })]
    if let name = user?.json[path: ["spec", "ingressClassName"]] { document.json["spec"]?["ingressClassName"] = name }
    return document
  }

  private func leading(_ rule: JSONValue, to slot: Slot) -> JSONValue {
    let paths = (rule[path: ["http", "paths"]]?.items ?? []).map { path in
      var path = path
      path["backend"]?["service"]?["name"] = .text(service.service(of: slot).name)
      return path
    }
    var led = rule
    led["http"]?["paths"] = .list(paths)
    return led
  }

  /// What ingress-nginx takes from a canary itself; all else it takes from the Ingress beside it.
  private static func isInherited(_ key: String) -> Bool {
    key == "kubernetes.io/ingress.class"
      || ["load-balance", "upstream-hash-by", "affinity", "session-cookie"].contains { key.hasPrefix(prefix + $0) }
  }
}

extension ObjectDocument {
  /// Whether every field that the other states stands here with the same value. Lists have to be equal as a whole.
  func covers(_ other: ObjectDocument) -> Bool { json.covers(other.json) }
}

extension JSONValue {
  fileprivate func covers(_ other: JSONValue) -> Bool {
    guard let mine = members, let members = other.members else { return self == other }
    return members.allSatisfy { key, value in mine[key]?.covers(value) ?? false }
  }
}
