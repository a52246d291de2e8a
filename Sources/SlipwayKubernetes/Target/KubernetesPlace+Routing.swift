import SlipwayModel
import SlipwayPorts

extension KubernetesPlace {
  /// Goes the router's steps towards the split, each from what is there by then. Calls that divide traffic wait behind no other.
  ///
  /// - Throws: `router-waits` when what a step needs does not come about.
  func apply(
    _ split: TrafficSplit, for key: DeploymentKey, listen: ListenAddress?, sticky: Bool, _ operation: Operation
  ) async throws {
    let service = try service(key)
    let router = router(of: service)
    if let refusal = router.refusal(of: split) { throw refusal }
    let writer = try writer(key, operation, .urgent)
    if split.isWhole { try await writeAtOnce(split, service, router, writer) }
    // Only what is written here: the way back waits for nothing else.
    do {
      try await writer.fenceAll(router.reads.objects.filter { $0.kind != .deployment })
    } catch let error as SlipwayError where error.kind == .broken {
      // What is so already needs no write: a way back from where nothing has moved does not wait for a router that takes none.
      guard try await isDone(split, router, writer.view) else { throw error }
      return
    }
    let deadline = clock.now() + Self.routingLimit
    // No router has so many steps; one that goes in circles must not go on for ever.
    for _ in 0..<40 {
      let present = try await present(for: router, writer.view)
      switch try router.next(towards: split, from: present.set) {
      case .done: return
      case .write(let change):
        guard let object = change.key(in: spec.namespace) else { return }
        // What was read for the decision may be old by the time of the write: it is decided anew on what is there then.
        try await writer.write(object) { live in try Self.decided(router, split, present.replacing(object, by: live), object) }
        writer.view.noteRouting(key, at: clock.now())
      case .wait(let reason):
        let rest = deadline - clock.now()
        guard rest > .zero else {
          throw SlipwayError(
            .routerWaits, .broken, "the split could not be applied within \(Self.routingLimit): waiting for \(reason)",
            remedy: "look at what the router waits for; the rollout tries again")
        }
        try await clock.sleep(for: min(rest, .milliseconds(200)))
      }
    }
  }

  private func isDone(_ split: TrafficSplit, _ router: any ClusterRouter, _ view: NamespaceView) async throws -> Bool {
    guard case .done = try router.next(towards: split, from: try await present(for: router, view).set) else { return false }
    return true
  }

  /// The first write towards one slot for everybody, decided by what the watches have told but for the object itself, which is read: the
  /// way back is two calls long then. Each write is safe by itself, and whatever an older writer does meanwhile is put right afterwards, when
  /// all objects are fenced and read anew. So it does not matter here what is in the way, unless it is a newer writer.
  private func writeAtOnce(_ split: TrafficSplit, _ service: ManagedService, _ router: any ClusterRouter, _ writer: FencedWriter)
    async throws
  {
    let view = writer.view
    do {
      try await view.require(router.reads.kinds, within: .milliseconds(1))
      let seen = cached(for: router, view)
      guard case .write(let change) = try router.next(towards: split, from: seen.set), let object = change.key(in: spec.namespace) else {
        return
      }
      try await writer.write(object, settles: false) { live in
        try Self.decided(router, split, seen.replacing(object, by: live), object)
      }
      view.noteRouting(service.key, at: clock.now())
    } catch let error as SlipwayError where error.code != .staleEpoch && error.code != .staleCall {
      return
    }
  }

  private static let routingLimit = TimeSpan.seconds(20)

  /// The write to one object that the router wants; `nil` when it wants another one first.
  private static func decided(
    _ router: any ClusterRouter, _ split: TrafficSplit, _ present: Present, _ object: ObjectKey
  ) throws(SlipwayError) -> ObjectChange? {
    guard case .write(let change) = try router.next(towards: split, from: present.set), change.name == object.name else { return nil }
    return change
  }

  /// The split in force; `nil` when it can't be told.
  func splitInForce(_ service: ManagedService) async throws -> TrafficSplit? {
    let router = router(of: service)
    let view = try view()
    try await view.require(router.reads.kinds, within: .milliseconds(1500))
    return router.splitInForce(in: cached(for: router, view).set, sinceWrite: view.sinceRouting(service.key, at: clock.now()))
  }

  /// What the router has to be read by, as the caches hold it.
  func cached(for router: any ClusterRouter, _ view: NamespaceView) -> Present {
    let reads = router.reads
    let objects = reads.objects.compactMap { view.cache($0.kind).object($0.name) }
    let slices = reads.endpointsOf.flatMap { view.cache(.endpointSlice).objects(under: $0.name) }
    return Present(objects: objects, slices: slices)
  }

  /// The same with the objects as they are at this moment: what is written must not follow from a cache that lags.
  private func present(for router: any ClusterRouter, _ view: NamespaceView) async throws -> Present {
    let slices = try await slices(for: router, view)
    var objects: [ObjectDocument] = []
    for object in router.reads.objects {
      let call = ClusterCall("read \(object)", within: .seconds(10), priority: .urgent)
      if let document = try await view.client.get(object, call) { objects.append(document) }
    }
    return Present(objects: objects, slices: slices)
  }

  /// From the watch, or asked for where that is broken.
  private func slices(for router: any ClusterRouter, _ view: NamespaceView) async throws -> [ObjectDocument] {
    do {
      try await view.require([.endpointSlice], within: .seconds(1))
      return cached(for: router, view).slices
    } catch is SlipwayError {
      let names = router.reads.endpointsOf.map(\.name).joined(separator: ",")
      let call = ClusterCall("look at the endpoints of \(names)", within: .seconds(10), priority: .urgent)
      let selection = ObjectSelection(labels: "\(Label.serviceOfSlice) in (\(names))")
      return try await view.client.list(.endpointSlice, in: spec.namespace.description, selection, call).objects
    }
  }
}

extension RouterReads {
  /// What has to be watched, in the same order each time: one after the other the watches begin.
  fileprivate var kinds: [ResourceKind] {
    objects.map(\.kind).reduce(into: [.endpointSlice]) { if !$0.contains($1) { $0.append($1) } }
  }
}

extension TrafficSplit {
  /// Whether all requests go to one slot.
  fileprivate var isWhole: Bool { rules.isEmpty && mirrorTo == nil && (green == .zero || green == .hundred) }
}

/// What a router decides by.
struct Present: Sendable {
  let objects: [ObjectDocument]
  let slices: [ObjectDocument]

  var set: ObjectSet { ObjectSet(objects + slices) }

  /// The same with another state of one object; `nil`: it is not there.
  func replacing(_ key: ObjectKey, by live: ObjectDocument?) -> Present {
    let others = objects.filter { $0.name != key.name || $0.json["kind"]?.text != key.kind.kind }
    return Present(objects: others + (live.map { [$0] } ?? []), slices: slices)
  }
}

extension ObjectChange {
  fileprivate var name: String? {
    switch self {
    case .apply(let document): document.name
    case .patch(let key, _), .delete(let key, _): key.name
    }
  }

  fileprivate func key(in namespace: Name) -> ObjectKey? {
    switch self {
    case .apply(let document): document.key(in: namespace)
    case .patch(let key, _), .delete(let key, _): key
    }
  }
}

extension SlipwayError.Code {
  static let routerWaits = Self("router-waits")
}
