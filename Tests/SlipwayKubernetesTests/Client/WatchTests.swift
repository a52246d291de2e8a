import NIOConcurrencyHelpers
import SlipwayModel
import SlipwayPorts
import Testing

@testable import SlipwayKubernetes

/// A server whose list and whose streams a test decides; streams are handed out in order, and the last one stays.
private final class WatchScript: Sendable {
  typealias Reply = ScriptedCluster.Reply
  private let state: NIOLockedValueBox<(lists: [Reply], watches: [Reply])>

  init(lists: [Reply], watches: [Reply]) { state = NIOLockedValueBox((lists, watches)) }

  func answer(_ request: ScriptedCluster.Request) -> Reply {
    state.withLockedValue { state in
      func next(_ replies: inout [Reply]) -> Reply { replies.count > 1 ? replies.removeFirst() : replies[0] }
      return request.query["watch"] == "true" ? next(&state.watches) : next(&state.lists)
    }
  }
}

/// What a watch told, in short.
private final class Told: Sendable {
  private let box = NIOLockedValueBox<[String]>([])
  var lines: [String] { box.withLockedValue { $0 } }

  func take(_ event: WatchEvent) {
    let line =
      switch event {
      case .listed(let objects): "list " + objects.map { $0.name ?? "?" }.joined(separator: " ")
      case .changed(let object): "changed \(object.name ?? "?")"
      case .removed(let object): "removed \(object.name ?? "?")"
      case .current: "current"
      case .interrupted(let error): "interrupted \(error.code.rawValue)"
      }
    box.withLockedValue { $0.append(line) }
  }
}

@Suite("Watching objects")
struct WatchTests {
  private typealias Feed = ScriptedCluster.EventFeed
  private static let target = WatchTarget(.pod, in: "shop", ObjectSelection(["app": "api"]))

  private static func list(_ names: [String] = [], version: String = "10") -> ScriptedCluster.Reply {
    .json(ClientSample.list(names.map { ClientSample.pod($0, version: version) }, version: version))
  }

  private static func bookmark(_ version: String) -> JSONValue {
    ClientSample.event("BOOKMARK", ["kind": "Pod", "metadata": ["resourceVersion": .text(version)]])
  }

  private static let gone: JSONValue = ClientSample.event(
    "ERROR", ["kind": "Status", "code": 410, "reason": "Expired", "message": "too old"])

  /// Watches until the body has returned.
  private func withWatch(
    _ script: WatchScript, clock: any EngineClock = FastClock(times: 4),
    _ body: (Told, ScriptedCluster) async throws -> Void
  ) async throws {
    try await withCluster(clock: clock) {
      script.answer($0)
    } _: { client, server async throws in
      let told = Told()
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await client.watch(Self.target) { told.take($0) } }
        try await body(told, server)
        group.cancelAll()
        do { try await group.waitForAll() } catch is CancellationError {}
      }
    }
  }

  private func watches(_ server: ScriptedCluster) -> [String?] {
    server.requests.filter { $0.query["watch"] == "true" }.map { $0.query["resourceVersion"] }
  }

  @Test("All objects come first, then each change, from where the list ended")
  func changes() async throws {
    let feed = Feed()
    let script = WatchScript(lists: [Self.list(["a"])], watches: [.stream(feed)])
    try await withWatch(script) { told, server async throws in
      try await eventually("the stream is open") { told.lines.count == 2 }
      feed.send(ClientSample.event("ADDED", ClientSample.pod("b", version: "11")))
      feed.send(ClientSample.event("MODIFIED", ClientSample.pod("a", version: "12")))
      feed.send(ClientSample.event("DELETED", ClientSample.pod("b", version: "13")))
      try await eventually("three changes") { told.lines.count == 5 }
      #expect(told.lines == ["list a", "current", "changed b", "changed a", "removed b"])
      let request = try #require(server.requests.last)
      let seconds = try #require(Int(request.query["timeoutSeconds"] ?? ""))
      #expect((300..<600).contains(seconds))
      #expect(request.query["allowWatchBookmarks"] == "true" && request.query["labelSelector"] == "app=api")
    }
  }

  @Test("A stream that ends or breaks is opened again where it was, by events and by bookmarks, without a new list")
  func resuming() async throws {
    let feeds = [
      Feed([ClientSample.event("ADDED", ClientSample.pod("b", version: "15"))]), Feed([Self.bookmark("20")]),
      Feed([ClientSample.event("MODIFIED", ClientSample.pod("b", version: "21"))]),
    ]
    feeds[0].end()
    let script = WatchScript(lists: [Self.list(["a"])], watches: feeds.map { .stream($0) })
    try await withWatch(script) { told, server async throws in
      try await eventually("the second stream's bookmark") { told.lines.filter { $0 == "current" }.count == 3 }
      feeds[1].cut()
      try await eventually("the third stream's event") { told.lines.last == "changed b" && self.watches(server).count == 3 }
      #expect(watches(server) == ["10", "15", "20"])
      #expect(server.requests.count == 4)
      #expect(told.lines.contains("interrupted cluster-unreachable"))
    }
  }

  @Test("When the server has forgotten what happened since, all is listed anew", arguments: [true, false])
  func gone(isEvent: Bool) async throws {
    let first: ScriptedCluster.Reply = isEvent ? .stream(Feed([Self.gone])) : .status(410, "Expired", "too old resource version")
    let script = WatchScript(lists: [Self.list(["a"]), Self.list(["c"], version: "30")], watches: [first, .stream(Feed())])
    try await withWatch(script) { told, server async throws in
      try await eventually("the second list") { told.lines.last == "current" && self.watches(server).count == 2 }
      #expect(told.lines.filter { $0 != "current" } == ["list a", "list c"])
      #expect(watches(server) == ["10", "30"])
    }
  }

  /// A connection that is closed without an answer is tried again at once, once: it may have been an old one.
  @Test("What fails is told and tried again with pauses; what comes after is not missed")
  func failing() async throws {
    let script = WatchScript(
      lists: [.status(403, "Forbidden", "no"), Self.list(["a"])],
      watches: [
        .status(500, "InternalError"), .hangUp, .hangUp, .stream(Feed([ClientSample.event("ERROR", ["kind": "Status", "code": 500])])),
        .stream(Feed([ClientSample.event("ADDED", ClientSample.pod("b", version: "11"))])),
      ])
    try await withWatch(script) { told, server async throws in
      try await eventually("the event after all failures") { told.lines.last == "changed b" }
      #expect(
        told.lines.filter { $0 != "current" } == [
          "interrupted cluster-forbidden", "list a", "interrupted cluster-busy", "interrupted cluster-unreachable",
          "interrupted cluster-busy",
          "changed b",
        ])
      #expect(watches(server) == ["10", "10", "10", "10", "10"])
    }
  }

  @Test(
    "Events that can't be read, and lines without an end, lead to a new list", arguments: ["{\"type\":\"ADDED\"}\n", "nonsense\n", "long"])
  func unreadable(text: String) async throws {
    let feed = Feed()
    feed.send(text: text == "long" ? String(repeating: "x", count: WatchStream.lineLimit + 1) : text)
    let script = WatchScript(lists: [Self.list(["a"]), Self.list(["b"], version: "20")], watches: [.stream(feed), .stream(Feed())])
    try await withWatch(script) { told, server async throws in
      try await eventually("the second stream") { self.watches(server).count == 2 && told.lines.last == "current" }
      #expect(told.lines.filter { $0 != "current" } == ["list a", "interrupted cluster-answer", "list b"])
    }
  }

  @Test("A server that closes each stream at once is not asked without a pause")
  func hotLoop() async throws {
    let clock = FastClock(times: 1)
    let feed = Feed()
    feed.end()
    let script = WatchScript(lists: [Self.list()], watches: [.stream(feed)])
    try await withWatch(script, clock: clock) { _, server async throws in
      try await eventually("the second watch") { self.watches(server).count >= 2 }
      let before = watches(server).count
      try await Task.sleep(for: .milliseconds(1000))
      #expect(watches(server).count - before <= 8, "\(watches(server).count)")
    }
  }

  @Test("A stream that says nothing for long is taken for broken and opened again")
  func silence() async throws {
    let script = WatchScript(lists: [Self.list()], watches: [.stream(Feed()), .stream(Feed([Self.bookmark("12")]))])
    try await withWatch(script, clock: FastClock(times: 50)) { told, server async throws in
      try await eventually("the second stream") { self.watches(server).count >= 2 }
      try await eventually("the bookmark") { told.lines.filter { $0 == "current" }.count >= 2 }
      #expect(told.lines.contains("interrupted cluster-unreachable"))
    }
  }

  @Test("A reader that is slow holds the server up: nothing is kept for it")
  func backPressure() async throws {
    let feed = Feed()
    let filler: JSONValue = .text(String(repeating: "x", count: 1 << 20))
    let script = WatchScript(lists: [Self.list()], watches: [.stream(feed)])
    try await withCluster(clock: FastClock(times: 1)) {
      script.answer($0)
    } _: { client, _ async throws in
      let begun = Counter()
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await client.watch(Self.target) { event in
            if case .changed = event {
              _ = begun.next()
              do { try await Task.sleep(for: .seconds(60)) } catch {}
            }
          }
        }
        for number in 0..<3 { feed.send(ClientSample.event("ADDED", ClientSample.pod("p\(number)", version: "1\(number)", extra: filler))) }
        try await eventually("the first event") { begun.count == 1 }
        try await Task.sleep(for: .milliseconds(200))
        #expect(begun.count == 1)
        group.cancelAll()
        do { try await group.waitForAll() } catch is CancellationError {}
      }
    }
  }
}
