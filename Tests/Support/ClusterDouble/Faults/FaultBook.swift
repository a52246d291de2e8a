import SlipwayModel

/// A call as faults and permissions see it.
package struct Call: Hashable, Sendable {
  package let verb: String
  /// `deployments`, `pods/log`.
  package let resource: String
  package let group: String
  package let namespace: String?
  package let name: String?

  init(verb: String, resource: String, group: String, namespace: String?, name: String?) {
    self.verb = verb
    self.resource = resource
    self.group = group
    self.namespace = namespace
    self.name = name
  }

  init(_ route: Route) {
    self.init(
      verb: route.permission, resource: route.resource, group: route.info.group, namespace: route.namespace, name: route.name)
  }
}

/// Which calls a fault meets. What is left out meets all.
package struct CallPattern: Hashable, Sendable {
  package var verbs: Set<String>?
  package var resources: Set<String>?
  package var namespace: String?
  package var name: String?

  package init(verbs: Set<String>? = nil, resources: Set<String>? = nil, namespace: String? = nil, name: String? = nil) {
    self.verbs = verbs
    self.resources = resources
    self.namespace = namespace
    self.name = name
  }

  /// `create`, `update`, `patch` (apply too), `delete` and `deletecollection`.
  package static let writes = CallPattern(verbs: ["create", "update", "patch", "delete", "deletecollection"])
  package static let everything = CallPattern()

  func fits(_ call: Call) -> Bool {
    (verbs?.contains(call.verb) ?? true) && (resources?.contains(call.resource) ?? true)
      && (namespace == nil || namespace == call.namespace)
      && (name == nil || name == call.name)
  }
}

/// What goes wrong.
package enum FaultEffect: Hashable, Sendable {
  /// The server answers this status and does nothing else.
  case answer(Int, retryAfterSeconds: Int? = nil)
  /// The request waits for so long before it is looked at.
  case delay(TimeSpan)
  /// The connection breaks before anything was done.
  case dropBefore
  /// The connection breaks after the request was carried out: the caller cannot know.
  case dropAfter
  /// A write meets a conflict, as if somebody had written between.
  case conflict
  /// An admission webhook refuses; `code` is usually 403 or 400.
  case deny(webhook: String, message: String, code: Int)
  /// An admission webhook cannot be reached, and its policy is to fail.
  case webhookUnreachable(String)
  /// The caller lacks the permission; access reviews say so too.
  case forbid
  /// Lists and gets with `resourceVersion=0` are so far behind.
  case stale(TimeSpan)
  /// Watches stay open and tell nothing.
  case stallWatch
  /// Watches break off.
  case dropWatch
}

/// A fault with a name, by which it is taken back.
package struct FaultRule: Hashable, Sendable {
  package let name: String
  package let effect: FaultEffect
  package let calls: CallPattern
  /// Which share of the calls it meets, by draws from the seed.
  package let share: Double
  /// After so many calls it is over; `nil` for never.
  package var times: Int?

  package init(_ name: String, _ effect: FaultEffect, on calls: CallPattern = .everything, share: Double = 1, times: Int? = nil) {
    self.name = name
    self.effect = effect
    self.calls = calls
    self.share = share
    self.times = times
  }
}

/// The faults in force.
package struct FaultBook: Sendable {
  package private(set) var rules: [FaultRule] = []
  /// Whether a watch from a version that is forgotten is answered with status 410, rather than with an event in the stream.
  package var tooOldAsStatus = false
  /// Whether nothing is answered at all.
  package var isDown = false
  /// How often each fault struck, by its name.
  package private(set) var strikes: [String: Int] = [:]
  private var draws: Identities

  init(seed: UInt64) { draws = Identities(seed: seed &+ 0xFA17) }

  /// Adds a fault; one of the same name gives way.
  package mutating func add(_ rule: FaultRule) {
    remove(rule.name)
    rules.append(rule)
  }

  package mutating func remove(_ name: String) { rules.removeAll { $0.name == name } }

  package mutating func removeAll() {
    rules = []
    isDown = false
    tooOldAsStatus = false
  }

  /// The effects that meet this call, among those that are asked about.
  mutating func strike(_ call: Call, where isAsked: (FaultEffect) -> Bool) -> [FaultEffect] {
    guard !rules.isEmpty else { return [] }
    var effects: [FaultEffect] = []
    for index in rules.indices {
      let rule = rules[index]
      guard isAsked(rule.effect), rule.times != 0, rule.calls.fits(call), rule.share >= 1 || draws.draw() < rule.share else { continue }
      if let times = rule.times { rules[index].times = times - 1 }
      strikes[rule.name, default: 0] += 1
      effects.append(rule.effect)
    }
    return effects
  }

  func forbids(_ call: Call) -> Bool { rules.contains { $0.effect == .forbid && $0.calls.fits(call) } }

  func stallsWatch(_ call: Call) -> Bool { rules.contains { $0.effect == .stallWatch && $0.calls.fits(call) } }

  mutating func dropsWatch(_ call: Call) -> Bool { isDown || !strike(call) { $0 == .dropWatch }.isEmpty }
}
