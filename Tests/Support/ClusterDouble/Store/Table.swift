/// All objects of one kind, with what finds them by label, and their history.
struct Table: Sendable {
  struct LabelPair: Hashable, Sendable {
    let namespace: String
    let key: String
    let value: String
  }

  private(set) var namespaces: [String: [String: StoredObject]] = [:]
  private var byLabel: [LabelPair: Set<String>] = [:]
  var history = History()

  subscript(_ name: ObjectName) -> StoredObject? { namespaces[name.namespace]?[name.name] }

  mutating func set(_ object: StoredObject?, at name: ObjectName) {
    let before = self[name]
    namespaces[name.namespace, default: [:]][name.name] = object
    if object == nil, namespaces[name.namespace]?.isEmpty == true { namespaces[name.namespace] = nil }
    guard before?.labels != object?.labels else { return }
    for (key, value) in before?.labels ?? [:] {
      let pair = LabelPair(namespace: name.namespace, key: key, value: value)
      byLabel[pair]?.remove(name.name)
      if byLabel[pair]?.isEmpty == true { byLabel[pair] = nil }
    }
    for (key, value) in object?.labels ?? [:] {
      byLabel[LabelPair(namespace: name.namespace, key: key, value: value), default: []].insert(name.name)
    }
  }

  /// The objects of a namespace, or of all with `nil`, in the order of their names.
  func objects(in namespace: String?) -> [StoredObject] {
    if let namespace { return (namespaces[namespace] ?? [:]).values.sorted { $0.name < $1.name } }
    return namespaces.keys.sorted().flatMap { objects(in: $0) }
  }

  /// The objects of a namespace with all these labels, in the order of their names.
  func objects(in namespace: String, labels: [String: String]) -> [StoredObject] {
    let sets = labels.map { byLabel[LabelPair(namespace: namespace, key: $0.key, value: $0.value)] ?? [] }
    guard let smallest = sets.min(by: { $0.count < $1.count }) else { return objects(in: namespace) }
    return smallest.sorted().compactMap { namespaces[namespace]?[$0] }
      .filter { object in labels.allSatisfy { object.labels[$0.key] == $0.value } }
  }
}
