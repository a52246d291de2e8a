import SlipwayModel

/// Reads `rollback`, with the trigger that the strategy's `rollback_threshold` adds.
struct RollbackReader {
  func read(_ node: Node?, trigger: Criterion?) -> RollbackSpec {
    let view = View(node)
    let triggers = view.view("triggers")
    var criteria = triggers.criteria(role: .trigger)
    if let trigger, !criteria.contains(trigger) { criteria.append(trigger) }
    let standard = RollbackSpec()
    return RollbackSpec(
      style: view.text("strategy").flatMap { RollbackSpec.Style(rawValue: $0) } ?? standard.style,
      stepDuration: view.duration("step_duration") ?? standard.stepDuration, triggers: criteria,
      healthCheckFailures: triggers.integer("health_check_failures") ?? standard.healthCheckFailures,
      guardrail: view.flag("guardrail") ?? standard.guardrail)
  }
}

/// Reads `routing`.
struct RoutingReader {
  let sink: DiagnosticSink

  func read(_ node: Node?) -> RoutingSpec {
    let view = View(node)
    let standard = RoutingSpec()
    return RoutingSpec(
      sticky: view.flag("sticky") ?? standard.sticky, candidateRules: view.items("candidate_rules").compactMap(rule),
      mirror: view.percentage("mirror") ?? standard.mirror)
  }

  private func rule(_ node: Node) -> CandidateRule? {
    guard node.entries != nil else { return nil }
    let view = View(node)
    if let header = view.entry("header"), let cookie = view.entry("cookie") {
      let second = header.place.line > cookie.place.line || header.place.column > cookie.place.column ? header : cookie
      sink.error(
        .conflictingKeys, at: second.place, "a rule looks at a header or at a cookie, not at both",
        remedy: "write two rules: either then suffices")
    }
    if view.entry("header") == nil, view.entry("cookie") == nil {
      sink.error(
        .missingKey, at: node.place, "the rule does not say which header or cookie it looks at",
        remedy: "add for example `header: x-canary`")
    }
    if let header = view.text("header") { return CandidateRule(source: .header, name: header, value: view.text("value")) }
    return view.text("cookie").map { CandidateRule(source: .cookie, name: $0, value: view.text("value")) }
  }
}
