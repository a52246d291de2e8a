import SlipwayKubernetes
import SlipwayModel

/// The little of an API server and its controllers that routers need: objects, writes to them, and endpoints that follow selectors.
struct Cluster {
  struct Failed: Error, Equatable {
    let operation: String
  }

  var objects: [ObjectKey: ObjectDocument] = [:]
  /// Ready pods by name, with their labels.
  var pods: [String: [String: String]] = [:]
  /// Endpoints of Services that have not caught up with their selectors: the pods that they had.
  var stale: [String: Set<String>] = [:]
  /// Every write that was made.
  var writes: [ObjectChange] = []

  init(_ documents: [ObjectDocument] = []) {
    for document in documents { objects[Self.key(of: document)] = document }
  }

  subscript(key: ObjectKey) -> ObjectDocument? { objects[key] }

  /// With so many replicas in each slot, all of them ready.
  mutating func run(blue: Int = 0, green: Int = 0, of service: ManagedService) {
    pods = pods.filter { !$0.key.hasPrefix(service.key.service.description + "-") }
    for (slot, count) in [(Slot.blue, blue), (.green, green)] {
      var deployment = ObjectDocument(service.deployment(of: slot))
      deployment.json["spec"] = ["replicas": .integer(count)]
      objects[service.deployment(of: slot)] = deployment
      for index in 0..<count { pods["\(service.name(of: slot))-\(index)"] = service.selector(of: slot) }
    }
  }

  /// Ready pods that the selector of a Service fits.
  func selected(by service: ObjectKey) -> Set<String> {
    let selector = (objects[service]?.json[path: ["spec", "selector"]]?.members ?? [:]).compactMapValues(\.text)
    guard !selector.isEmpty else { return [] }
    return Set(pods.filter { pod in selector.allSatisfy { pod.value[$0.key] == $0.value } }.keys)
  }

  /// What a router reads.
  func present(for service: ManagedService) -> ObjectSet {
    let services = [service.root] + Slot.allCases.map { service.service(of: $0) }
    return ObjectSet(Array(objects.values) + services.map { Self.slice(of: $0, pods: stale[$0.name] ?? selected(by: $0)) })
  }

  static func slice(of service: ObjectKey, pods: Set<String>) -> ObjectDocument {
    var slice = ObjectDocument(
      ObjectKey(.endpointSlice, namespace: service.namespace, name: service.name + "-x1"), labels: [Label.serviceOfSlice: service.name])
    slice.json["endpoints"] = .list(
      pods.sorted().map { ["addresses": ["10.0.0.1"], "conditions": ["ready": true], "targetRef": ["kind": "Pod", "name": .text($0)]] })
    return slice
  }

  mutating func perform(_ change: ObjectChange) throws {
    writes.append(change)
    switch change {
    case .apply(let document):
      let key = Self.key(of: document)
      var merged = objects[key]?.json ?? document.json
      Self.apply(document.json, to: &merged)
      objects[key] = ObjectDocument(merged)
    case .patch(let key, let operations):
      guard var json = objects[key]?.json else { throw Failed(operation: "patch of \(key), which is not there") }
      for operation in operations { try Self.carryOut(operation, on: &json) }
      objects[key] = ObjectDocument(json)
    case .delete(let key, _):
      guard objects.removeValue(forKey: key) != nil else { throw Failed(operation: "delete of \(key), which is not there") }
    }
  }

  /// Does what a router says until it is content.
  mutating func converge(
    _ router: any ClusterRouter, to split: TrafficSplit, for service: ManagedService, check: (Cluster) throws -> Void = { _ in }
  ) throws {
    for _ in 0..<8 {
      guard case .write(let change) = try router.next(towards: split, from: present(for: service)) else { return }
      try perform(change)
      try check(self)
    }
    throw Failed(operation: "eight writes, and no end")
  }

  /// Server-side apply as far as it matters: selectors, annotations and lists are set as a whole, or member by member.
  private static func apply(_ new: JSONValue, to old: inout JSONValue) {
    for (key, value) in new.members ?? [:] {
      if value.members != nil, key != "selector", key != "annotations", var member = old[key], member.members != nil {
        apply(value, to: &member)
        old[key] = member
      } else {
        old[key] = value
      }
    }
  }

  static func carryOut(_ operation: JSONPatch, on json: inout JSONValue) throws {
    switch operation {
    case .test(let path, let value):
      guard json.value(at: path) == value else { throw Failed(operation: "test \(path)") }
    case .add(let path, let value): try set(tokens(path)[...], in: &json, to: value, mustExist: false)
    case .replace(let path, let value): try set(tokens(path)[...], in: &json, to: value, mustExist: true)
    case .remove(let path): try set(tokens(path)[...], in: &json, to: nil, mustExist: true)
    }
  }

  private static func tokens(_ path: String) -> [String] {
    path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
      .map { String($0).replacing("~1", with: "/").replacing("~0", with: "~") }
  }

  private static func set(_ path: ArraySlice<String>, in json: inout JSONValue, to value: JSONValue?, mustExist: Bool) throws {
    guard let token = path.first else {
      json = value ?? .null
      return
    }
    if var items = json.items {
      guard let index = Int(token), items.indices.contains(index) else { throw Failed(operation: "index \(token)") }
      try set(path.dropFirst(), in: &items[index], to: value, mustExist: mustExist)
      json = .list(items)
      return
    }
    guard json.members != nil else { throw Failed(operation: "member \(token) of what is no object") }
    if path.count == 1 {
      guard !mustExist || json[token] != nil else { throw Failed(operation: "\(token) is not there") }
      json[token] = value
      return
    }
    guard var member = json[token] else { throw Failed(operation: "\(token) is not there") }
    try set(path.dropFirst(), in: &member, to: value, mustExist: mustExist)
    json[token] = member
  }

  private static func key(of document: ObjectDocument) -> ObjectKey {
    let known: [ResourceKind] = [
      .service, .deployment, .ingress, .virtualService, .destinationRule, .httpRoute, .horizontalPodAutoscaler, .secret, .configMap,
    ]
    let kind = known.first { $0.kind == document.json["kind"]?.text } ?? .event
    return ObjectKey(kind, namespace: document.namespace, name: document.name ?? "")
  }
}
