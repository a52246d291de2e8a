import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import Testing

@testable import SlipwayKubernetes

/// What Slipway relies on of an API server.
@Suite(
  "Conformance: the client", .enabled(if: Place.canRun, Comment(rawValue: Place.present.lack ?? "")), .timeLimit(.minutes(10)))
struct ClientConformance {
  private static func key(_ site: Site, _ name: String = "note") -> ObjectKey {
    ObjectKey(.configMap, namespace: site.namespace.description, name: name)
  }

  private static func note(_ key: ObjectKey, _ data: [String: String], labels: [String: String] = [:]) -> ObjectDocument {
    var document = ObjectDocument(key, labels: labels)
    document.json["data"] = .object(data.mapValues { .text($0) })
    return document
  }

  private static let call = ClusterCall("try something out")

  private static func code(_ body: () async throws -> Void) async throws -> SlipwayError.Code? {
    do { try await body() } catch let error as SlipwayError { return error.code }
    return nil
  }

  @Test("An object is made once, read, and gone after it was deleted")
  func objects() async throws {
    try await Site.run { site in
      let key = Self.key(site)
      let made = try await site.client.create(Self.note(key, ["a": "1"]), as: key, Self.call)
      #expect(made.uid != nil)
      #expect(made.resourceVersion != nil)
      let again = try await Self.code { _ = try await site.client.create(Self.note(key, ["a": "2"]), as: key, Self.call) }
      #expect(again == .objectExists)
      #expect(try await site.client.get(key, Self.call)?.json["data"] == ["a": "1"])
      let other = DeletePreconditions(uid: "00000000-0000-0000-0000-000000000000")
      #expect(try await Self.code { try await site.client.delete(key, only: other, Self.call) } == .objectConflict)
      #expect(try await site.client.delete(key, Self.call))
      try await site.eventually("the object is gone") { try await site.client.get(key, Self.call) == nil }
      #expect(try await site.client.delete(key, Self.call) == false)
    }
  }

  @Test("A trial leaves nothing behind")
  func dryRun() async throws {
    try await Site.run { site in
      let key = Self.key(site)
      _ = try await site.client.apply(Self.note(key, ["a": "1"]), as: key, dryRun: true, Self.call)
      #expect(try await site.client.get(key, Self.call) == nil)
    }
  }

  @Test("Two managers of one field are a conflict that names the other; with force the field changes hands")
  func applyConflict() async throws {
    try await Site.run { site in
      let key = Self.key(site)
      _ = try await site.client.apply(Self.note(key, ["a": "1", "b": "1"]), as: key, manager: "gitops", Self.call)
      let mine = Self.note(key, ["a": "2"])
      #expect(
        try await site.client.tryApply(mine, as: key, Self.call)
          == .conflict([FieldConflict(manager: "gitops", fields: [".data.a"])]))
      let taken = try await site.client.apply(mine, as: key, force: true, Self.call)
      #expect(taken.json["data"] == ["a": "2", "b": "1"])
      // What an apply leaves out goes, when nobody else has it.
      let less = try await site.client.apply(Self.note(key, ["c": "3"]), as: key, Self.call)
      #expect(less.json["data"] == ["b": "1", "c": "3"])
    }
  }

  @Test("A write to a version that is no longer the newest is refused, by apply, by replace, and by a test in a patch")
  func versions() async throws {
    try await Site.run { site in
      let key = Self.key(site)
      let old = try await site.client.apply(Self.note(key, ["a": "1"]), as: key, Self.call)
      _ = try await site.client.patch(key, .merge(["data": ["a": "2"]]), Self.call)
      var stale = Self.note(key, ["a": "3"])
      stale.json["metadata"]?["resourceVersion"] = .text(try #require(old.resourceVersion))
      #expect(try await Self.code { _ = try await site.client.apply(stale, as: key, force: true, Self.call) } == .objectConflict)
      #expect(try await Self.code { _ = try await site.client.replace(stale, as: key, Self.call) } == .objectConflict)
      let operations: [JSONPatch] = [.test("/data/a", "1"), .replace("/data/a", "3")]
      #expect(
        try await Self.code { _ = try await site.client.patch(key, .json(operations.map(\.json)), Self.call) } == .objectInvalid)
      #expect(try await site.client.get(key, Self.call)?.json["data"] == ["a": "2"])
    }
  }

  @Test("Patches of all three kinds do what they say")
  func patches() async throws {
    try await Site.run { site in
      let key = ObjectKey(.service, namespace: site.namespace.description, name: "web")
      try await site.make(.service, "web", ["spec": ["selector": ["app": "web"], "ports": [["name": "http", "port": 80]]]])
      let merged = try await site.client.patch(key, .merge(["metadata": ["labels": ["team": "shop"]]]), Self.call)
      #expect(merged.labels["team"] == "shop")
      // Ports are merged by their number.
      let ports = try await site.client.patch(key, .strategic(["spec": ["ports": [["name": "more", "port": 81]]]]), Self.call)
      #expect(Set((ports.spec?["ports"]?.items ?? []).compactMap { $0["port"]?.integer }) == [80, 81])
      let patched = try await site.client.patch(
        key, .json([JSONPatch.test("/spec/selector/app", "web").json, JSONPatch.replace("/spec/selector/app", "shop").json]), Self.call)
      #expect(patched.spec?["selector"] == ["app": "shop"])
    }
  }

  @Test("A list comes whole, page by page, and by labels")
  func pages() async throws {
    try await Site.run { site in
      for number in 0..<5 {
        let key = Self.key(site, "note-\(number)")
        let document = Self.note(key, [:], labels: ["kind": number < 2 ? "odd" : "even", "slipway-conformance": "yes"])
        _ = try await site.client.create(document, as: key, Self.call)
      }
      let all = ObjectSelection(["slipway-conformance": "yes"])
      let list = try await site.client.list(.configMap, in: site.namespace.description, all, pageSize: 2, Self.call)
      #expect(list.objects.compactMap(\.name).sorted() == (0..<5).map { "note-\($0)" })
      let odd = ObjectSelection(["kind": "odd"])
      let some = try await site.client.list(.configMap, in: site.namespace.description, odd, Self.call)
      #expect(some.objects.compactMap(\.name).sorted() == ["note-0", "note-1"])
    }
  }

  @Test("A watch tells of what comes, changes and goes, and of what comes to fit its selector")
  func watch() async throws {
    try await Site.run { site in
      let target = WatchTarget(.configMap, in: site.namespace.description, ObjectSelection(["watched": "yes"]))
      let cache = ObjectCache(target, client: site.client)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await cache.run() }
        defer { group.cancelAll() }
        try await cache.waitForSync(within: .seconds(20))
        let key = Self.key(site)
        _ = try await site.client.create(Self.note(key, ["a": "1"]), as: key, Self.call)
        _ = try await site.client.patch(key, .merge(["metadata": ["labels": ["watched": "yes"]]]), Self.call)
        try await site.eventually("the object is seen") { cache.object("note")?.json["data"] == ["a": "1"] }
        _ = try await site.client.patch(key, .merge(["data": ["a": "2"]]), Self.call)
        try await site.eventually("the change is seen") { cache.object("note")?.json["data"] == ["a": "2"] }
        try await site.client.delete(key, Self.call)
        try await site.eventually("the end is seen") { cache.object("note") == nil }
        #expect(cache.freshness.isAlive)
      }
    }
  }

  @Test("A watch from a version that is long past either goes on from there or begins with a new list, and fails in no other way")
  func longPast() async throws {
    try await Site.run { site in
      let target = WatchTarget(.configMap, in: site.namespace.description)
      let stream = WatchStream(client: site.client, target: target, take: { _ in }, start: "1")
      let end = try await withThrowingTaskGroup(of: WatchStream.End?.self) { group in
        group.addTask { try await stream.follow() }
        group.addTask {
          try await site.clock.sleep(for: .seconds(3))
          return nil
        }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
      }
      // It goes on, or the version is too old.
      guard let end else { return }
      #expect(end.failure == nil)
      #expect(end.position == nil)
    }
  }

  @Test("The server says its version, which kinds it serves, and what is allowed")
  func questions() async throws {
    try await Site.run { site in
      // A server that was built without being told its version says none.
      let version = try await site.client.serverVersion(Self.call)
      #expect(version.map { $0.major == 1 } ?? true)
      let known = try await site.client.serves(.deployment, Self.call)
      #expect(known)
      let none = ResourceKind(group: "conformance.slipway.dev", kind: "Nothing", plural: "nothings")
      let unknown = try await site.client.serves(none, Self.call)
      #expect(!unknown)
      let question = AccessQuestion("create", .deployment, in: site.namespace.description)
      let answer = try await site.client.mayI(question, Self.call)
      #expect(answer.isAllowed)
    }
  }
}
