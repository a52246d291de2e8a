import SlipwayModel
import SlipwayPorts
import Testing

@testable import SlipwayKubernetes

@Suite("Objects in memory")
struct ObjectCacheTests {
  private static let managed: JSONValue = [["manager": "x"]]

  private static func pod(_ name: String, _ version: String, service: String? = nil) -> ObjectDocument {
    var pod = ClientSample.pod(name, version: version, labels: service.map { ["app": $0] } ?? [:], extra: ["x": .text(name)])
    pod["metadata"]?["managedFields"] = managed
    return ObjectDocument(pod)
  }

  /// A cache that is told by the test and not by a server.
  private func cache(clock: any EngineClock = FastClock(times: 1)) throws -> ObjectCache {
    let transport = try HTTPTransport(ClusterAccess(server: "http://127.0.0.1:1"), clock: clock, logger: quiet, environment: [:])
    let client = KubernetesClient(transport: transport, clock: clock, random: { 0.5 }, logger: quiet)
    return ObjectCache(WatchTarget(.pod, in: "shop"), client: client) { object in object.labels["app"].map { [$0] } ?? [] }
  }

  private func names(_ objects: [ObjectDocument]) -> [String] { objects.compactMap(\.name).sorted() }

  @Test("It holds what there is: lists replace, changes replace one, removals remove one")
  func holding() throws {
    let cache = try cache()
    cache.take(.listed([Self.pod("a", "1"), Self.pod("b", "1")]))
    cache.take(.changed(Self.pod("a", "2")))
    cache.take(.changed(Self.pod("c", "3")))
    cache.take(.removed(Self.pod("b", "4")))
    #expect(names(cache.objects) == ["a", "c"] && cache.object("a")?.resourceVersion == "2" && cache.object("b") == nil)
    #expect(cache.object("a", in: "other") == nil)
    cache.take(.listed([Self.pod("d", "5")]))
    #expect(names(cache.objects) == ["d"])
  }

  @Test("Objects are found by their index keys, also after those have changed")
  func index() throws {
    let cache = try cache()
    cache.take(.listed([Self.pod("a", "1", service: "api"), Self.pod("b", "1", service: "web"), Self.pod("c", "1")]))
    #expect(
      [names(cache.objects(under: "api")), names(cache.objects(under: "web")), cache.objects(under: "x").compactMap(\.name)] == [
        ["a"], ["b"], [],
      ])
    cache.take(.changed(Self.pod("a", "2", service: "web")))
    cache.take(.removed(Self.pod("b", "3", service: "web")))
    #expect([names(cache.objects(under: "api")), names(cache.objects(under: "web"))] == [[], ["a"]])
  }

  @Test("Objects under a key come in the order of their names, so that the one of many that is told of stays the same")
  func order() throws {
    let cache = try cache()
    let pods = (10..<40).map { Self.pod("pod-\($0)", "1", service: "api") }
    cache.take(.listed(pods.reversed()))
    #expect(cache.objects(under: "api").compactMap(\.name) == pods.compactMap(\.name))
  }

  @Test("Freshness says since when all is known, when the server spoke last and what is in the way")
  func freshness() throws {
    let cache = try cache()
    #expect(cache.freshness == CacheFreshness(syncedAt: nil, heardAt: nil, isAlive: false, failure: nil))
    let error = SlipwayError.clusterBusy("busy")
    cache.take(.interrupted(error))
    #expect(cache.freshness == CacheFreshness(syncedAt: nil, heardAt: nil, isAlive: false, failure: error))
    cache.take(.listed([]))
    #expect(cache.freshness.syncedAt != nil && !cache.freshness.isAlive && cache.freshness.failure == nil)
    cache.take(.current)
    #expect(cache.freshness.isAlive)
    let heard = cache.freshness.heardAt
    cache.take(.interrupted(error))
    #expect(!cache.freshness.isAlive && cache.freshness.heardAt == heard && cache.freshness.failure == error)
  }

  @Test("Who waits goes on at the next change, at once when it has been already, and at the limit without one")
  func waiting() async throws {
    let cache = try cache()
    cache.take(.listed([]))
    let seen = cache.changes
    async let waited = cache.wait(past: seen, within: .seconds(60))
    try await Task.sleep(for: .milliseconds(50))
    cache.take(.changed(Self.pod("a", "1")))
    #expect(try await waited)
    #expect(try await cache.wait(past: seen, within: .seconds(60)))
    #expect(!(try await cache.wait(past: cache.changes, within: .milliseconds(50))))
    // A bookmark while all is well changes nothing.
    cache.take(.current)
    #expect(!(try await cache.wait(past: cache.changes, within: .milliseconds(50))))
  }

  @Test("Who waits for one key is not woken by others, and is when the object leaves it")
  func waitingUnderKey() async throws {
    let cache = try cache()
    cache.take(.listed([Self.pod("a", "1", service: "api"), Self.pod("b", "1", service: "web")]))
    let seen = cache.changes(under: "api")
    cache.take(.changed(Self.pod("b", "2", service: "web")))
    #expect(cache.changes(under: "api") == seen)
    async let waited = cache.wait(past: seen, under: "api", within: .milliseconds(300))
    try await Task.sleep(for: .milliseconds(50))
    cache.take(.changed(Self.pod("b", "3", service: "web")))
    #expect(!(try await waited))
    cache.take(.removed(Self.pod("a", "4", service: "api")))
    #expect(try await cache.wait(past: seen, under: "api", within: .seconds(60)))
  }

  @Test("A new list that says the same wakes nobody under a key")
  func sameList() throws {
    let cache = try cache()
    cache.take(.listed([Self.pod("a", "1", service: "api")]))
    let seen = cache.changes(under: "api")
    cache.take(.listed([Self.pod("a", "1", service: "api")]))
    #expect(cache.changes(under: "api") == seen)
  }

  @Test("Keys that come and go leave nothing behind, and nobody misses a change by that")
  func forgetting() async throws {
    let cache = try cache()
    cache.take(.listed([]))
    cache.take(.changed(Self.pod("a", "1", service: "first")))
    let seen = cache.changes(under: "first")
    for number in 0..<1000 {
      cache.take(.changed(Self.pod("x", "\(number)", service: "s\(number)")))
      if number == 500 { cache.take(.removed(Self.pod("a", "9", service: "first"))) }
    }
    #expect(cache.countedKeys < 100)
    #expect(try await cache.wait(past: seen, under: "first", within: .seconds(60)))
  }

  @Test("A cache follows a server, drops what nobody looks at, and its end is seen")
  func following() async throws {
    let feed = ScriptedCluster.EventFeed()
    try await withCluster { request in
      request.query["watch"] == "true"
        ? .stream(feed) : .json(ClientSample.list([Self.pod("a", "1", service: "api").json], version: "10"))
    } _: { client, _ async throws in
      let trim = ObjectTrim { $0["spec"] = nil }
      let cache = ObjectCache(WatchTarget(.pod, in: "shop", trim: trim), client: client)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await cache.run() }
        try await cache.waitForSync(within: .seconds(100))
        #expect(
          cache.object("a")?.json == [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": ["name": "a", "namespace": "shop", "resourceVersion": "1", "labels": ["app": "api"]],
          ])
        let seen = cache.changes
        feed.send(ClientSample.event("ADDED", Self.pod("b", "11").json))
        try await eventually("the change") { cache.object("b") != nil && cache.changes > seen }
        #expect(cache.object("b")?.spec == nil && cache.freshness.isAlive)
        group.cancelAll()
        do { try await group.waitForAll() } catch is CancellationError {}
      }
      #expect(!cache.freshness.isAlive)
    }
  }

  @Test("Waiting for a cluster that does not let one look ends with its reason")
  func neverSynced() async throws {
    try await withCluster { _ in
      .status(403, "Forbidden", "pods is forbidden")
    } _: { client, _ async throws in
      let cache = ObjectCache(WatchTarget(.pod, in: "shop"), client: client)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await cache.run() }
        let error = try await failure { try await cache.waitForSync(within: .seconds(20)) }
        #expect(error.code == .clusterForbidden)
        group.cancelAll()
        do { try await group.waitForAll() } catch is CancellationError {}
      }
    }
  }
}
