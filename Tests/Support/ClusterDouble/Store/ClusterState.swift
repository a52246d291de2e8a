import SlipwayModel

/// A cluster in memory: what its API server stores, and what its controllers and nodes do about it.
///
/// A pure state machine: it has no clock, does no I/O, and the same calls with the same seed give the same cluster. Callers say what
/// time it is, with each request and with ``tick(_:)``.
package struct ClusterState: Sendable {
  package internal(set) var now: Timestamp
  package var settings: ClusterSettings
  package var faults: FaultBook
  /// Controllers that do nothing for now; their work waits for them.
  package var stopped: Set<Controller> = []
  /// How often each call was made.
  package internal(set) var calls: [APICall: Int] = [:]

  /// The `resourceVersion` of the last change of any object.
  package internal(set) var version = 1000
  var kinds = KindCatalog()
  /// Of kinds that a CustomResourceDefinition has brought, by API version and kind.
  var schemas: [String: DefinitionSchema] = [:]
  var tables: [Table]
  var identities: Identities
  var work = WorkQueues()
  /// What the nodes know of their pods beyond what they told the API server.
  var runs: [ObjectName: PodRun] = [:]
  var logs = LogBook()
  var dependents: [String: Set<ObjectRef>] = [:]
  var uids: [String: ObjectRef] = [:]
  var selectors = SelectorIndex()
  /// Autoscalers by the Deployment they scale.
  var autoscalers: [ObjectName: Set<String>] = [:]
  var refusals: [ObjectName: Refusal] = [:]
  /// When each autoscaler looks again.
  var nextAutoscaling: [ObjectName: Timestamp] = [:]
  /// What the routers have taken up, which may be behind what is stored.
  var programmed: [ObjectRef: JSONValue] = [:]
  /// How often a router took up a version of a route.
  package internal(set) var routesTaken = 0
  /// Versions of routes that the routers take up later, soonest first.
  var pendingRoutes: [ObjectRef: [PendingRoute]] = [:]
  /// The Events that are kept, oldest first.
  var eventsByAge: [AgedEvent] = []
  var eventNames: [EventKey: ObjectName] = [:]
  var nextNode = 0
  var nextAddress = 0

  /// A cluster with the namespaces `default` and `kube-system`.
  ///
  /// - Parameters:
  ///   - seed: for uids, names that the server completes, and the draws of faults.
  ///   - now: the time of its creation.
  package init(seed: UInt64 = 1, now: Timestamp, settings: ClusterSettings = ClusterSettings()) {
    self.now = now
    self.settings = settings
    faults = FaultBook(seed: seed)
    identities = Identities(seed: seed)
    tables = kinds.kinds.map { _ in Table() }
    for name in ["default", "kube-system"] { addNamespace(name) }
  }

  /// Makes a namespace that is not there yet.
  package mutating func addNamespace(_ name: String) {
    let key = ObjectName("", name)
    guard self[.namespace, key] == nil else { return }
    var metadata: JSONValue = ["name": .text(name), "uid": .text(identities.uid()), "creationTimestamp": now.api]
    metadata["labels"] = ["kubernetes.io/metadata.name": .text(name)]
    put(
      .namespace, key,
      [
        "apiVersion": "v1", "kind": "Namespace", "metadata": metadata, "spec": ["finalizers": ["kubernetes"]],
        "status": ["phase": "Active"],
      ])
  }

  /// Adds a kind as a CustomResourceDefinition would.
  package mutating func addKind(_ kind: KindInfo) {
    kinds.add(kind)
    while tables.count < kinds.kinds.count { tables.append(Table()) }
  }

  func schema(of kind: KindInfo) -> DefinitionSchema? { schemas["\(kind.apiVersion)/\(kind.kind)"] }

  subscript(_ kind: KindID, _ name: ObjectName) -> StoredObject? { tables[kind.index][name] }

  /// An object as it is stored; `nil` when there is none.
  ///
  /// - Parameters:
  ///   - kind: in the singular, such as `Deployment`.
  ///   - namespace: empty for kinds without namespaces.
  package func object(_ kind: String, _ namespace: String, _ name: String) -> JSONValue? {
    guard let id = kinds.kinds.firstIndex(where: { $0.kind == kind }) else { return nil }
    return tables[id][ObjectName(namespace, name)]?.json
  }

  /// All objects of a kind in a namespace with these labels, in the order of their names.
  package func objects(_ kind: String, _ namespace: String, labels: [String: String] = [:]) -> [JSONValue] {
    guard let id = kinds.kinds.firstIndex(where: { $0.kind == kind }) else { return [] }
    return tables[id].objects(in: namespace, labels: labels).map(\.json)
  }

  /// How many objects of a kind there are.
  package func count(_ kind: String) -> Int {
    guard let id = kinds.kinds.firstIndex(where: { $0.kind == kind }) else { return 0 }
    return tables[id].namespaces.values.reduce(0) { $0 + $1.count }
  }

  // MARK: Changing

  /// Stores a new version, tells the watches and the controllers. What changes nothing is no version (as in the real one).
  @discardableResult
  mutating func put(_ kind: KindID, _ name: ObjectName, _ json: JSONValue) -> StoredObject {
    let before = self[kind, name]
    var json = json
    if let before {
      json.set(.text(String(before.version)), at: ["metadata", "resourceVersion"])
      if json == before.json { return before }
    }
    version += 1
    json.set(.text(String(version)), at: ["metadata", "resourceVersion"])
    let object = StoredObject(json: json, name: name, version: version)
    tables[kind.index].set(object, at: name)
    record(kind, Change(sort: before == nil ? .added : .modified, at: now, object: object, before: before))
    return object
  }

  /// Takes an object away at once.
  mutating func remove(_ kind: KindID, _ name: ObjectName) {
    guard let before = self[kind, name] else { return }
    version += 1
    var json = before.json
    json.set(.text(String(version)), at: ["metadata", "resourceVersion"])
    tables[kind.index].set(nil, at: name)
    record(kind, Change(sort: .deleted, at: now, object: StoredObject(json: json, name: name, version: version), before: before))
  }

  private mutating func record(_ kind: KindID, _ change: Change) {
    tables[kind.index].history.append(change, window: settings.historyWindow)
    let ref = ObjectRef(kind: kind, name: change.object.name)
    let after = change.sort == .deleted ? nil : change.object
    if change.before?.owners != after?.owners {
      for owner in change.before?.owners ?? [] {
        dependents[owner]?.remove(ref)
        if dependents[owner]?.isEmpty == true { dependents[owner] = nil }
      }
      for owner in after?.owners ?? [] { dependents[owner, default: []].insert(ref) }
    }
    if change.sort == .added { uids[change.object.uid] = ref }
    if change.sort == .deleted { uids[change.object.uid] = nil }
    noteWork(kind, change)
  }

  /// Forgets the history up to now, so that every watch that is behind has to list again.
  package mutating func compact() {
    for index in tables.indices { tables[index].history.forget(upTo: version) }
  }
}
