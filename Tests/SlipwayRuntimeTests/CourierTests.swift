import Foundation
import Logging
import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import Testing
import TwinWorld

/// A journal with rollouts in it, and couriers that tell of them.
private struct Post {
  let journal = MemoryJournal()
  let desk = NewsDesk()
  let notifier = TwinNotifier()
  let clock = HandClock()

  static let chat = NotificationChannel(
    name: Name("chat")!, webhook: .secret(.variable("CHAT")), events: NotificationEvent.allCases)
  static let mail = NotificationChannel(name: Name("mail")!, webhook: .secret(.variable("MAIL")), events: [.rolledBack])

  func courier() -> Courier {
    Courier(
      journal: journal, notifier: notifier, clock: clock, desk: desk, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  func rollout(_ id: String, _ channels: [NotificationChannel]?) throws -> RolloutStarted {
    let request = Bench.request("2").with(notify: channels)
    let plan = try Plan.compile(request, live: nil)
    return RolloutStarted(id: id, request: request, plan: plan, planDigest: plan.digest)
  }

  func write(_ events: Event..., to id: String, tapped: Bool = true) async throws {
    let drafts = events.map {
      JournalDraft(at: clock.now(), stream: "rollout/\(id)", kind: $0.kind.rawValue, actor: .engine, cause: "test", content: $0)
    }
    let tap = NewsJournal(journal, desk: desk)
    _ = tapped ? try await tap.append(drafts, after: nil, fence: nil) : try await journal.append(drafts, after: nil, fence: nil)
  }

  /// What the journal says of notices, in order.
  var records: [String] {
    get async throws {
      try await journal.entries.filter { $0.stream == "notifications/local" }.map { entry in
        let record = try JSONDecoder().decode(NoticeRecord.self, from: Data(entry.body))
        return "\(entry.kind) \(record.channel) \(record.event.rawValue) \(record.rollout)/\(record.entry) after \(record.attempts)"
      }
    }
  }

  static let back = try! Event(
    kind: "rollback_started", body: Array(#"{"reason":{"code":"error-rate","message":"7% errors"},"style":"immediate"}"#.utf8))
}

@Suite("The courier")
struct CourierTests {
  @Test("Each channel is told what it asked for, in order, and the journal says so")
  func tells() async throws {
    let post = Post()
    let courier = post.courier()
    let start = try post.rollout("r1", [Post.chat, Post.mail])
    try await post.write(.rolloutStarted(start), .deployStarted, Post.back, .rolloutRolledBack, to: "r1")
    #expect(await courier.tick() == nil)
    #expect(await post.notifier.events(of: "chat") == [.started, .rollingBack, .rolledBack])
    #expect(await post.notifier.events(of: "mail") == [.rolledBack])
    let records = try await post.records
    #expect(
      Set(records) == [
        "notification_delivered chat started r1/0 after 1", "notification_delivered chat rolling_back r1/2 after 1",
        "notification_delivered chat rolled_back r1/3 after 1", "notification_delivered mail rolled_back r1/3 after 1",
      ])
    #expect(await courier.tick() == nil)
    #expect(await post.notifier.told.count == 4)
  }

  @Test("A notice says what the journal says, and how the rollout stood after that entry")
  func content() async throws {
    let post = Post()
    let start = try post.rollout("r1", [Post.chat])
    try await post.write(.rolloutStarted(start), .deployStarted, Post.back, to: "r1")
    _ = await post.courier().tick()
    let notice = try #require(await post.notifier.notices.last)
    #expect(
      notice
        == Notice(
          event: .rollingBack, rollout: "r1", service: Bench.key.service, environment: Bench.key.environment, version: Version("2")!,
          previousVersion: nil, phase: "rolling_back", sentence: "going back (immediate): 7% errors", reason: "7% errors",
          candidateWeight: .zero, liveWeight: .zero, planDigest: start.planDigest, journalIndex: 2, at: post.clock.now()))
    #expect(notice.id == "r1/2")
  }

  @Test("A rollout that names no channel is not even read")
  func nobody() async throws {
    let post = Post()
    let start = try post.rollout("r1", nil)
    try await post.write(.rolloutStarted(start), .deployStarted, Post.back, .rolloutRolledBack, to: "r1")
    #expect(await post.courier().tick() == nil)
    #expect(await post.notifier.told == [])
    #expect(try await post.records == [])
  }

  @Test("A pause by a person is told, and other decisions are not")
  func paused() async throws {
    let post = Post()
    let start = try post.rollout("r1", [Post.chat])
    func intent(_ kind: Intent.Kind) -> Event {
      .intentRecorded(Intent(kind: kind, actor: Bench.person, reason: "lunch", planDigest: start.planDigest))
    }
    try await post.write(.rolloutStarted(start), intent(.pause), intent(.resume), to: "r1")
    _ = await post.courier().tick()
    #expect(await post.notifier.events(of: "chat") == [.started, .paused])
    #expect(await post.notifier.notices.last?.reason == "lunch")
  }

  @Test("A receiver that is down is tried again after pauses that grow, and holds up no other channel")
  func retries() async throws {
    let post = Post()
    let courier = post.courier()
    await post.notifier.breakDown("chat")
    let start = try post.rollout("r1", [Post.chat, Post.mail])
    try await post.write(.rolloutStarted(start), .deployStarted, Post.back, .rolloutRolledBack, to: "r1")
    var pauses: [Int64] = []
    for _ in 0..<5 {
      let next = try #require(await courier.tick())
      pauses.append((next - post.clock.now()).milliseconds / 1000)
      post.clock.advance(next - post.clock.now())
    }
    #expect(pauses == [1, 2, 4, 8, 16])
    #expect(await post.notifier.told.map(\.channel) == ["mail"])
    await post.notifier.repair()
    #expect(await courier.tick() == nil)
    #expect(await post.notifier.events(of: "chat") == [.started, .rollingBack, .rolledBack])
    #expect(try await post.records.contains("notification_delivered chat started r1/0 after 6"))
  }

  @Test("What could not be delivered for an hour is given up, with all that waited as long, and the journal says why")
  func givenUp() async throws {
    let post = Post()
    let courier = post.courier()
    await post.notifier.breakDown("chat")
    let start = try post.rollout("r1", [Post.chat])
    try await post.write(.rolloutStarted(start), .deployStarted, Post.back, to: "r1")
    var ticks = 0
    while let next = await courier.tick(), ticks < 100 {
      ticks += 1
      post.clock.advance(next - post.clock.now())
    }
    let attempts = await post.notifier.attempts["chat"]
    #expect(attempts == ticks + 1 && (15...25).contains(ticks))
    let records = try await post.records
    #expect(records.count == 2 && records.allSatisfy { $0.hasPrefix("notification_given_up chat") })
    let body = try #require(await post.journal.entries.last { $0.stream == "notifications/local" }?.body)
    #expect(try JSONDecoder().decode(NoticeRecord.self, from: Data(body)).reason == "nobody is there")
    await post.notifier.repair()
    try await post.write(.rolloutRolledBack, to: "r1")
    post.clock.advance(.minutes(5))
    #expect(await courier.tick() == nil)
    #expect(await post.notifier.events(of: "chat") == [.rolledBack])
  }

  @Test("What a receiver refuses is given up at once, and the next notice is sent all the same")
  func refused() async throws {
    let post = Post()
    let courier = post.courier()
    await post.notifier.refuse("chat")
    let start = try post.rollout("r1", [Post.chat])
    try await post.write(.rolloutStarted(start), Post.back, to: "r1")
    #expect(await courier.tick() == nil)
    #expect(
      try await post.records == [
        "notification_given_up chat started r1/0 after 1", "notification_given_up chat rolling_back r1/1 after 1",
      ])
  }

  @Test("After a crash the next server tells what was not told, and nothing twice")
  func restart() async throws {
    let post = Post()
    let start = try post.rollout("r1", [Post.chat])
    try await post.write(.rolloutStarted(start), .deployStarted, Post.back, to: "r1")
    _ = await post.courier().tick()
    // The server dies right after the entry.
    try await post.write(.rolloutRolledBack, to: "r1", tapped: false)
    let rollout = try #require(try await RolloutStream.replay(post.journal.entries(of: "rollout/r1", after: -1)))
    let second = post.courier()
    try await second.takeUp([rollout])
    #expect(await second.tick() == nil)
    #expect(await post.notifier.events(of: "chat") == [.started, .rollingBack, .rolledBack])
    let third = post.courier()
    try await third.takeUp([rollout])
    #expect(await third.tick() == nil)
    #expect(await post.notifier.told.count == 3)
  }

  @Test("What was told and could not be written down is written later, and not sent again")
  func fullDisk() async throws {
    let post = Post()
    let courier = post.courier()
    let start = try post.rollout("r1", [Post.chat])
    try await post.write(.rolloutStarted(start), Post.back, to: "r1")
    await post.journal.failAppends(1)
    let next = try #require(await courier.tick())
    #expect(await post.notifier.events(of: "chat") == [.started])
    post.clock.advance(next - post.clock.now())
    #expect(await courier.tick() == nil)
    #expect(await post.notifier.events(of: "chat") == [.started, .rollingBack])
    #expect(try await post.records.count == 2)
  }
}

@Suite("Notices of a running engine", .timeLimit(.minutes(1)))
struct NoticeEngineTests {
  @Test("A rollout is told while it runs; the notices are no rollout to an engine that starts on the journal later")
  func engine() async throws {
    let bench = Bench()
    let (desk, notifier) = (NewsDesk(), TwinNotifier())
    let tapped = NewsJournal(bench.journal, desk: desk)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let courier = Courier(journal: bench.journal, notifier: notifier, clock: bench.clock, desk: desk, logger: logger)
    let ports = Ports(
      journal: tapped, leases: bench.journal, target: bench.target, router: bench.target, metrics: bench.target, values: bench.values,
      clock: bench.clock, ids: SystemIDs())
    let engine = Engine(ports: ports, logger: logger)
    try await engine.recover()
    let channel = NotificationChannel(
      name: Name("chat")!, webhook: .url("https://chat.example/hooks/h00k"), events: NotificationEvent.allCases)
    let id = try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await engine.run() }
      group.addTask { await courier.run(engine) }
      defer { group.cancelAll() }
      let id = try await engine.deploy(Bench.request("1").with(notify: [channel]))
      try await bench.until("told") { await notifier.events(of: "chat") == [.started, .succeeded] }
      try await bench.until("written") { await bench.journal.entries(of: "notifications/local", after: -1).count == 2 }
      return id
    }
    for entry in await bench.journal.entries { #expect(!String(decoding: entry.body, as: UTF8.self).contains("h00k")) }
    try await bench.withEngine { engine in #expect(await engine.rollouts().map(\.id) == [id]) }
    let follower = Engine(ports: ports, logger: logger)
    try await follower.follow()
    #expect(await follower.rollouts().map(\.id) == [id])
    #expect(
      await engine.rollouts().first?.request.environment.notify?.first?.webhook
        == .stated(.sealed(bench.values.seal(["webhook": "https://chat.example/hooks/h00k"]))))
  }
}
