import SlipwayModel

/// What those who carry out a route say of its present specification (Gateway API, `RouteParentStatus`).
package enum RouteAcceptance: Hashable, Sendable {
  /// At least one says that it has taken it up, and nobody refuses.
  case accepted
  /// Somebody has an older one in its status, or none at all; words that follow `waiting for`.
  case pending(String)
  /// Somebody can't: its reason and message.
  case refused(String)

  /// How long what is pending is waited for. Some implementations never set `observedGeneration`, set it to 0, or write no status
  /// (linkerd2 #14964, #12310; flagger PR #1791); after this long the specification is taken to be in force.
  package static let patience = TimeSpan.seconds(20)

  /// What the status of an HTTPRoute says. A condition without `observedGeneration`, or with 0, is read as one of the present
  /// generation: it is all that such an implementation will ever say.
  package init(ofRoute document: ObjectDocument) {
    let generation = document.generation ?? 0
    let parents = document.status?["parents"]?.items ?? []
    var pending: String?
    for parent in parents {
      let name = parent[path: ["parentRef", "name"]]?.text ?? "a parent"
      var hasSpoken = false
      for condition in parent["conditions"]?.items ?? [] {
        guard let type = condition["type"]?.text, ["Accepted", "ResolvedRefs"].contains(type) else { continue }
        let observed = condition["observedGeneration"]?.integer ?? 0
        if observed != 0, observed < generation {
          pending = "'\(name)' to take up generation \(generation) of the route; it has \(observed)"
        } else if condition["status"]?.text == "False" {
          let reason = [condition["reason"]?.text, condition["message"]?.text].compactMap { $0 }.joined(separator: ": ")
          self = .refused("'\(name)' answers \(type)=False: \(reason)")
          return
        }
        if type == "Accepted" { hasSpoken = condition["status"]?.text == "True" }
      }
      if !hasSpoken { pending = pending ?? "'\(name)' to accept the route" }
    }
    if parents.isEmpty { pending = "a gateway to take up the route" }
    self = pending.map { .pending($0) } ?? .accepted
  }

  /// Whether a specification with this acceptance may be taken to be in force so long after it was written.
  func isInForce(after sinceWrite: TimeSpan) -> Bool {
    switch self {
    case .accepted: true
    case .pending: sinceWrite >= Self.patience
    case .refused: false
    }
  }
}
