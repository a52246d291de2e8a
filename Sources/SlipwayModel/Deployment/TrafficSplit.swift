/// How requests are divided between the two slots, applied as one object. Weights sum to 100 %, or nobody gets traffic.
package struct TrafficSplit: Hashable, Sendable, Codable {
  /// Green's share; blue gets the rest. `nil` when no slot gets traffic (before the first release).
  package let green: Percentage?
  /// Requests that go to a slot whatever the weights say: header and cookie rules, first match wins.
  package let rules: [RoutingRule]
  /// Share of requests that are also sent to ``mirrorTo``, whose answers are thrown away.
  package let mirror: Percentage
  package let mirrorTo: Slot?

  package init(green: Percentage?, rules: [RoutingRule] = [], mirror: Percentage = .zero, mirrorTo: Slot? = nil) {
    self.green = green
    self.rules = rules
    self.mirror = mirror
    self.mirrorTo = mirrorTo
  }

  /// All traffic to one slot, no rules, no mirror.
  package static func all(to slot: Slot) -> TrafficSplit {
    TrafficSplit(green: slot == .green ? .hundred : .zero)
  }

  /// `share` to one slot and the rest to the other.
  package static func share(_ share: Percentage, to slot: Slot, rules: [RoutingRule] = []) -> TrafficSplit {
    TrafficSplit(green: slot == .green ? share : share.complement, rules: rules)
  }

  /// Nobody gets traffic.
  package static let none = TrafficSplit(green: nil)

  /// The share of one slot; zero for both when nobody gets traffic.
  @inlinable package func weight(of slot: Slot) -> Percentage {
    guard let green else { return .zero }
    return slot == .green ? green : green.complement
  }

  private enum CodingKeys: String, CodingKey {
    case green = "green_percent"
    case rules
    case mirror = "mirror_percent"
    case mirrorTo = "mirror_to"
  }
}

/// A rule that sends matching requests to one slot: an A/B test, or testers who want the candidate.
package struct RoutingRule: Hashable, Sendable, Codable {
  /// Which part of a request a rule looks at.
  package enum Source: String, Codable, Hashable, Sendable {
    case header
    case cookie
  }

  package let source: Source
  /// Header names are compared without case, cookie names exactly.
  package let name: String
  /// The exact value; `nil` matches when the header or cookie is present with any value.
  package let value: String?
  package let slot: Slot

  package init(source: Source, name: String, value: String?, slot: Slot) {
    self.source = source
    self.name = name
    self.value = value
    self.slot = slot
  }
}
