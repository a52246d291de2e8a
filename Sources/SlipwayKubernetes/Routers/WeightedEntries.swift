import SlipwayModel

/// The weighted destinations of one route, as an Istio VirtualService and a Gateway API HTTPRoute both list them: each with a
/// `weight`, and much else that is the user's and stays as it is.
struct WeightedEntries: Sendable {
  /// Where an entry leads.
  enum Owner: Hashable, Sendable {
    case slot(Slot)
    /// The service's own Service: as the route was before Slipway divided it.
    case root
    case foreign
  }

  let entries: [JSONValue]
  let owners: [Owner]

  init(_ entries: [JSONValue], owner: (JSONValue) -> Owner) {
    self.entries = entries
    owners = entries.map(owner)
  }

  /// Whether the route leads to the service at all.
  var isManaged: Bool { owners.contains { $0 != .foreign } }
  /// Whether the service shares the route's weights with others, so that they can't be set without changing those.
  var isShared: Bool { isManaged && owners.contains(.foreign) }

  /// Green's share as the weights say; `nil` while the route still leads to the service's own Service, or all weights are zero.
  var green: Percentage? {
    guard isManaged, !owners.contains(.root), !isShared else { return nil }
    var weights: [Slot: Int] = [:]
    for (entry, owner) in zip(entries, owners) {
      guard case .slot(let slot) = owner else { continue }
      // Both APIs take a weight that is not stated for 1 of 1 when there is one destination only.
      weights[slot, default: 0] += entry["weight"]?.integer ?? (entries.count == 1 ? 1 : 0)
    }
    let (blue, green) = (weights[.blue, default: 0], weights[.green, default: 0])
    guard blue + green > 0 else { return nil }
    return Percentage(basisPoints: (green * 10_000 + (blue + green) / 2) / (blue + green))
  }

  /// What a slot's entry is made from: the one it has, or else the first that leads to the service.
  func template(for slot: Slot) -> JSONValue? {
    (owners.firstIndex(of: .slot(slot)) ?? owners.firstIndex { $0 != .foreign }).map { entries[$0] }
  }

  /// Both slots' entries, blue first, with these weights. Both always stand there, also with weight 0: a destination that appears with
  /// its first request would be asked for before every proxy knows it (argo #4195, #587).
  func divided(by split: TrafficSplit, scale: Int, leading: (JSONValue, Slot) -> JSONValue) -> [JSONValue] {
    Slot.allCases.compactMap { slot in
      template(for: slot).map { template in
        var entry = leading(template, slot)
        entry["weight"] = .integer(split.weight(of: slot).basisPoints * scale / 10_000)
        return entry
      }
    }
  }
}

/// A patch from one state of an atomic list to another.
enum ListPatch {
  /// Operations that turn `old` into `new` at `path`, each behind a test that what it replaces is still what was read. When no
  /// element comes or goes only the elements that differ are tested, so that edits of others elsewhere in the list don't collide.
  static func operations(from old: [JSONValue], to new: [JSONValue], at path: String) -> [JSONPatch] {
    guard old.count == new.count else { return [.test(path, .list(old)), .replace(path, .list(new))] }
    return zip(old, new).enumerated().filter { $0.element.0 != $0.element.1 }.flatMap { index, pair in
      [JSONPatch.test("\(path)/\(index)", pair.0), JSONPatch.replace("\(path)/\(index)", pair.1)]
    }
  }
}

extension ManagedService {
  /// Refuses to give a larger share to a slot without a ready pod while others have some (flagger #874). A smaller share is never
  /// refused, and when nobody is ready nothing is: the way back must be open however broken the candidate is.
  func guardAgainstSilence(raisingTo split: TrafficSplit, from green: Percentage?, in present: ObjectSet) throws(SlipwayError) {
    for slot in Slot.allCases {
      let before = green.map { TrafficSplit(green: $0).weight(of: slot) } ?? .zero
      let isRaised = split.weight(of: slot) > before || (green == nil && split.weight(of: slot) > .zero)
      let others = present.readyPods(behind: service(of: slot.other)).union(present.readyPods(behind: root))
      guard isRaised, present.readyPods(behind: service(of: slot)).isEmpty, !others.isEmpty else { continue }
      throw SlipwayError(
        .slotWithoutReadyPods, .refused, "no pod of \(name(of: slot)) is ready, and it would get \(split.weight(of: slot)) of the requests",
        remedy: "wait until pods are ready; `kubectl get pods -l \(Label.service)=\(key.service)` shows them")
    }
  }
}

/// Regular expressions for header values, as RE2 and PCRE both read them.
enum HeaderPattern {
  /// Any value, as long as the header is there.
  static let any = ".*"

  /// A whole `Cookie` header that holds this cookie (RFC 6265, section 4.2.1); with any value when `value` is `nil`.
  static func cookie(_ name: String, value: String?) -> String {
    "^(.*;\\s*)?\(literal(name))=" + (value.map { literal($0) + "(;.*)?$" } ?? ".*$")
  }

  private static func literal(_ text: String) -> String {
    text.map { "\\.+*?()|[]{}^$".contains($0) ? "\\\($0)" : String($0) }.joined()
  }
}
