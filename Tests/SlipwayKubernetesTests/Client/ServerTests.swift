import ClusterDouble
import SlipwayModel
import Testing

@testable import SlipwayKubernetes

/// The client against an API server that stores, merges, watches and fails as the real one does.
@Suite("The client and an API server", .timeLimit(.minutes(1)))
struct ClientAgainstServerTests {
  private static let key = ObjectKey(.configMap, namespace: "shop", name: "settings")
  private static let call = ClusterCall("change the settings", within: .seconds(20), priority: .urgent)

  private static func settings(_ data: [String: String]) -> ObjectDocument {
    var document = ObjectDocument(key)
    document.json["data"] = .object(data.mapValues { .text($0) })
    return document
  }

  private func withServer(
    _ prepare: (inout ClusterState) -> Void = { _ in },
    _ body: @escaping @Sendable (KubernetesClient, ClusterDouble.Cluster) async throws -> Void
  ) async throws {
    var state = ClusterState(now: FastClock.origin)
    state.addNamespace("shop")
    prepare(&state)
    try await ClusterServer.run(state) { server in
      let clock = FastClock(times: 1)
      let access = ClusterAccess(
        origin: "the test", server: server.url,
        credential: await server.cluster.with { $0.settings.bearerToken }.map { .token($0) } ?? .none)
      let transport = try HTTPTransport(access, clock: clock, logger: quiet, environment: [:])
      let client = KubernetesClient(transport: transport, clock: clock, random: { 0.5 }, logger: quiet)
      let outcome: Result<Void, any Error>
      do { outcome = .success(try await body(client, server.cluster)) } catch { outcome = .failure(error) }
      await client.close()
      try outcome.get()
    }
  }

  @Test("Applying creates, changes and removes; another manager's fields are named and are only taken by force")
  func applying() async throws {
    try await withServer { client, _ async throws in
      _ = try await client.apply(Self.settings(["a": "1", "b": "1"]), as: Self.key, Self.call)
      let changed = try await client.apply(Self.settings(["a": "2"]), as: Self.key, Self.call)
      #expect(changed.json["data"] == ["a": "2"])
      let other = try await client.tryApply(Self.settings(["a": "3"]), as: Self.key, manager: "gitops", Self.call)
      #expect(other == .conflict([FieldConflict(manager: "slipway", fields: [".data.a"])]))
      let error = try await failure { _ = try await client.apply(Self.settings(["a": "3"]), as: Self.key, manager: "gitops", Self.call) }
      #expect(error.code == .fieldConflict && error.message.contains("`slipway` owns .data.a"), "\(error)")
      let forced = try await client.apply(Self.settings(["a": "3"]), as: Self.key, manager: "gitops", force: true, Self.call)
      #expect(forced.json["data"] == ["a": "3"])
      let dry = try await client.apply(Self.settings(["c": "1"]), as: Self.key, dryRun: true, Self.call)
      let stored = try await client.get(Self.key, Self.call)
      #expect(dry.json["data"]?["c"] == "1" && stored?.json["data"] == ["a": "3"])
    }
  }

  @Test("Who writes an old version is told so, by replacing, by patching and by deleting")
  func versions() async throws {
    try await withServer { client, _ async throws in
      let first = try await client.create(Self.settings(["a": "1"]), as: Self.key, Self.call)
      #expect(try await failure { _ = try await client.create(Self.settings([:]), as: Self.key, Self.call) }.code == .objectExists)
      let patch: JSONValue = ["metadata": ["resourceVersion": .text(first.resourceVersion ?? "")], "data": ["a": "2"]]
      let second = try await client.patch(Self.key, .merge(patch), Self.call)
      #expect(second.json["data"] == ["a": "2"] && second.resourceVersion != first.resourceVersion)
      #expect(try await failure { _ = try await client.patch(Self.key, .merge(patch), Self.call) }.code == .objectConflict)
      #expect(try await failure { _ = try await client.replace(first, as: Self.key, Self.call) }.code == .objectConflict)
      let old = DeletePreconditions(resourceVersion: first.resourceVersion)
      #expect(try await failure { try await client.delete(Self.key, only: old, Self.call) }.code == .objectConflict)
      let wasThere = try await client.delete(Self.key, only: DeletePreconditions(uid: second.uid), Self.call)
      let isThere = try await client.delete(Self.key, Self.call)
      #expect(wasThere && !isThere)
    }
  }

  @Test("Every apply gets through a server of which half of the calls fail or are lost after they were carried out")
  func halfFailing() async throws {
    try await withServer { client, cluster async throws in
      await cluster.inject(FaultRule("errors", .answer(500), share: 0.25))
      await cluster.inject(FaultRule("lost", .dropAfter, share: 0.25))
      for number in 1...20 {
        let applied = try await client.apply(Self.settings(["a": "\(number)"]), as: Self.key, Self.call)
        #expect(applied.json["data"] == ["a": .text("\(number)")])
      }
    }
  }

  @Test("What the server forbids is forbidden in its own words, and asking beforehand says so too")
  func forbidden() async throws {
    try await withServer { client, cluster async throws in
      await cluster.inject(FaultRule("rights", .forbid, on: CallPattern(verbs: ["patch"], resources: ["configmaps"])))
      let error = try await failure { _ = try await client.apply(Self.settings([:]), as: Self.key, Self.call) }
      #expect(error.code == .clusterForbidden && error.message.contains("configmaps"), "\(error)")
      let patch = try await client.mayI(AccessQuestion("patch", .configMap, in: "shop"), Self.call)
      let get = try await client.mayI(AccessQuestion("get", .configMap, in: "shop"), Self.call)
      #expect(!patch.isAllowed && get.isAllowed)
      let serves = try await client.serves(.deployment, Self.call)
      #expect(serves)
    }
  }

  @Test("A cache comes to hold what the server holds, through broken watches and a history that is too short")
  func cache() async throws {
    try await withServer {
      $0.settings.historyWindow = 20
    } _: { client, cluster async throws in
      let cache = ObjectCache(WatchTarget(.configMap, in: "shop"), client: client)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await cache.run() }
        try await cache.waitForSync(within: .seconds(100))
        await cluster.inject(FaultRule("breaks", .dropWatch, share: 0.3))
        for number in 0..<60 {
          let key = ObjectKey(.configMap, namespace: "shop", name: "settings-\(number % 15)")
          if number % 4 == 3 {
            try await client.delete(key, Self.call)
          } else {
            var document = ObjectDocument(key)
            document.json["data"] = ["n": .text("\(number)")]
            _ = try await client.apply(document, as: key, Self.call)
          }
        }
        await cluster.heal("breaks")
        func versions(_ objects: [ObjectDocument]) -> [String] { objects.map { "\($0.name ?? "")@\($0.resourceVersion ?? "")" }.sorted() }
        try await eventually("cache and server agree", within: .seconds(20)) {
          let stored = await cluster.objects("ConfigMap", "shop").map { ObjectDocument($0) }
          return versions(stored) == versions(cache.objects)
        }
        #expect(cache.objects.allSatisfy { $0.json[path: ["metadata", "managedFields"]] == nil })
        group.cancelAll()
        do { try await group.waitForAll() } catch is CancellationError {}
      }
    }
  }
}
