import ClusterDouble
import SlipwayKubernetes
import SlipwayModel

/// What the objects of the service say at a moment, as they are stored: read anew here, by none of the code that writes them.
struct StoredState: Equatable {
  /// Each slot's share, from 0 to 1; `nil` when requests lead nowhere.
  private(set) var weights: [Slot: Double]?
  /// Whether replicas make the share, which is then known by their numbers only.
  private(set) var isByReplicas = false
  /// Wanted of each slot's Deployment; a slot without one is missing.
  private(set) var replicas: [Slot: Int] = [:]
  /// The newest writer of each object, by its kind and name.
  private(set) var writers: [String: Writer] = [:]

  struct Writer: Equatable, Comparable, CustomStringConvertible {
    let epoch: Int64
    let sequence: Int

    static func < (a: Writer, b: Writer) -> Bool { (a.epoch, a.sequence) < (b.epoch, b.sequence) }
    var description: String { "epoch \(epoch), number \(sequence)" }
  }

  init() {}

  init(_ state: ClusterState, _ scene: ClusterScene) {
    let reader = Reader(state: state)
    for slot in Slot.allCases {
      guard let deployment = reader.object("Deployment", "api-\(slot.rawValue)") else { continue }
      replicas[slot] = deployment["spec"]?["replicas"]?.integer ?? 1
    }
    for (kind, names) in reader.written {
      for name in names {
        guard let object = reader.object(kind, name) else { continue }
        writers["\(kind) \(name)"] = Reader.writer(of: object, kind)
      }
    }
    let root = reader.selection
    switch scene.router {
    case .service, .replicas: weights = root
    case .nginx: weights = reader.ingressWeights(over: root)
    case .istio:
      weights = reader.weights(
        (reader.object("VirtualService", "api")?.value(at: "/spec/http/0/route")?.items ?? []).map {
          ($0.value(at: "/destination/host")?.text ?? "", $0["weight"]?.integer)
        }, over: root)
    case .gatewayAPI:
      weights = reader.weights(
        (reader.object("HTTPRoute", "api")?.value(at: "/spec/rules/0/backendRefs")?.items ?? []).map {
          ($0["name"]?.text ?? "", $0["weight"]?.integer ?? 1)
        }, over: root)
    }
    isByReplicas = scene.router == .replicas && root?.count == 2
    guard isByReplicas else { return }
    let (blue, green) = (Double(replicas[.blue] ?? 0), Double(replicas[.green] ?? 0))
    weights = blue + green > 0 ? [.blue: blue / (blue + green), .green: green / (blue + green)] : nil
  }

  func weight(of slot: Slot) -> Double { weights?[slot] ?? 0 }
}

/// Reads single objects.
private struct Reader {
  let state: ClusterState

  func object(_ kind: String, _ name: String) -> JSONValue? { state.object(kind, ClusterScene.namespace.description, name) }

  /// The objects that carry their writer.
  var written: [(String, [String])] {
    [
      ("Deployment", ["api-blue", "api-green"]), ("Service", ["api"]), ("Ingress", ["api-api-canary"]), ("VirtualService", ["api"]),
      ("HTTPRoute", ["api"]),
    ]
  }

  static func writer(of object: JSONValue, _ kind: String) -> StoredState.Writer? {
    let prefix = ["Ingress", "VirtualService", "HTTPRoute"].contains(kind) ? "api.production." : ""
    let annotations = object["metadata"]?["annotations"]
    guard let epoch = annotations?["\(prefix)slipway.dev/epoch"]?.text.flatMap({ Int64($0) }),
      let sequence = annotations?["\(prefix)slipway.dev/sequence"]?.text.flatMap({ Int($0) })
    else { return nil }
    return StoredState.Writer(epoch: epoch, sequence: sequence)
  }

  /// Whose pods the service's own Service selects: one slot with everything, or both with a half each.
  var selection: [Slot: Double]? {
    guard let selector = object("Service", "api")?.value(at: "/spec/selector")?.members else { return nil }
    switch selector["slipway.dev/slot"]?.text {
    case nil: return selector["slipway.dev/service"] == nil ? nil : [.blue: 0.5, .green: 0.5]
    case .some(let text): return Slot(rawValue: text).map { [$0: 1] }
    }
  }

  func ingressWeights(over root: [Slot: Double]?) -> [Slot: Double]? {
    guard var weights = root, let canary = object("Ingress", "api-api-canary"), let annotations = canary["metadata"]?["annotations"]
    else { return root }
    let prefix = "nginx.ingress.kubernetes.io/canary-weight"
    let weight = annotations[prefix]?.text.flatMap { Double($0) } ?? 0
    let total = annotations["\(prefix)-total"]?.text.flatMap { Double($0) } ?? 100
    let name = canary.value(at: "/spec/rules/0/http/paths/0/backend/service/name")?.text ?? ""
    guard let slot = Slot.allCases.first(where: { name == "api-\($0.rawValue)" }), total > 0 else { return root }
    for key in Slot.allCases { weights[key] = (weights[key] ?? 0) * (1 - weight / total) }
    weights[slot, default: 0] += weight / total
    return weights
  }

  /// The shares of entries by the names that they lead to.
  func weights(_ entries: [(name: String, weight: Int?)], over root: [Slot: Double]?) -> [Slot: Double]? {
    var weights: [Slot: Double] = [:]
    let all = entries.map { $0.weight ?? (entries.count == 1 ? 100 : 0) }
    let total = Double(all.reduce(0, +))
    guard total > 0 else { return nil }
    for (entry, weight) in zip(entries, all) where weight > 0 {
      let share = Double(weight) / total
      if let slot = Slot.allCases.first(where: { entry.name == "api-\($0.rawValue)" }) {
        weights[slot, default: 0] += share
      } else if let root {
        for (slot, part) in root { weights[slot, default: 0] += share * part }
      }
    }
    return weights.isEmpty ? nil : weights
  }
}
