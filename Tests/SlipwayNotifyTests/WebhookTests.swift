import Foundation
import RealSite
import SlipwayModel
import SlipwayNotify
import SlipwayPorts
import Testing
import TwinWorld

@Suite("Webhooks", .timeLimit(.minutes(1)))
struct WebhookTests {
  static let notice = Notice(
    event: .rollingBack, rollout: "20261121-120000-abcd", service: Name("api")!, environment: Name("production")!,
    version: Version("2.0.0")!,
    previousVersion: Version("1.9.0")!, phase: "rolling_back", sentence: "going back (immediate): 7% errors & <counting>",
    reason: "7% errors & <counting>", candidateWeight: Percentage(percent: 20)!, liveWeight: Percentage(percent: 80)!,
    planDigest: Digest(hashing: "plan".utf8), journalIndex: 42, at: Timestamp("2026-11-21T12:00:00Z")!)

  private func channel(_ webhook: WebhookPlace, _ format: NotificationChannel.Format = .json) -> NotificationChannel {
    NotificationChannel(name: Name("chat")!, webhook: webhook, format: format)
  }

  /// Tells the notice to a receiver, whose URL a variable holds.
  private func tell(
    _ url: String, _ format: NotificationChannel.Format = .json, timeout: TimeSpan = .seconds(9)
  ) async throws -> NoticeAnswer {
    let webhooks = Webhooks(values: MemoryValues(), environment: { $0 == "CHAT" ? url : nil }, timeout: timeout)
    let result: Result<NoticeAnswer, any Error>
    do {
      result = .success(try await webhooks.tell(Self.notice, to: channel(.secret(.variable("CHAT")), format), in: "/"))
    } catch { result = .failure(error) }
    await webhooks.close()
    return try result.get()
  }

  /// The error with which a notice was not delivered, which shows nothing of the URL but its origin.
  private func failure(_ url: String, timeout: TimeSpan = .seconds(9)) async -> SlipwayError? {
    do {
      _ = try await tell(url, timeout: timeout)
      return nil
    } catch {
      #expect(!"\(error)".contains("canary"))
      return error as? SlipwayError
    }
  }

  @Test("A receiver of JSON gets all that is known, under the documented keys")
  func json() async throws {
    let receiver = try await Receiver()
    #expect(try await tell(receiver.url + "/hooks/canary?token=canary") == .taken)
    let request = try #require(receiver.requests.first)
    #expect(request.uri == "/hooks/canary?token=canary" && request.type == "application/json")
    #expect(
      request.body
        == #"{"at":"2026-11-21T12:00:00.000Z","candidate_weight_percent":20,"environment":"production","event":"rolling_back","#
        + #""id":"20261121-120000-abcd/42","journal_index":42,"live_weight_percent":80,"phase":"rolling_back","plan_digest":"#
        + #""\#(Self.notice.planDigest)","previous_version":"1.9.0","reason":"7% errors & <counting>","rollout":"20261121-120000-abcd","#
        + #""sentence":"going back (immediate): 7% errors & <counting>","service":"api","version":"2.0.0"}"#)
    #expect(try JSONDecoder().decode(Notice.self, from: Data(request.body.utf8)) == Self.notice)
    try await receiver.stop()
  }

  @Test("A chat gets one text, in which nothing is a link or calls anybody")
  func slack() async throws {
    let receiver = try await Receiver()
    #expect(try await tell(receiver.url + "/hook", .slack) == .taken)
    #expect(
      receiver.requests.map(\.body) == [
        #"{"text":"api 2.0.0 in production: going back (immediate): 7% errors &amp; &lt;counting&gt; "#
          + #"(candidate 20%, live 80%; rollout 20261121-120000-abcd)"}"#
      ])
    try await receiver.stop()
  }

  @Test("What a receiver refuses for good is told apart from what may work later", arguments: [400, 403, 404, 410])
  func refused(status: Int) async throws {
    let receiver = try await Receiver { _ in status }
    let answer = try await tell(receiver.url + "/canary")
    #expect(answer == .refused("the receiver of channel chat at \(receiver.url) answered \(status)"))
    try await receiver.stop()
  }

  @Test("Busy and broken receivers are asked again, and redirects are not followed", arguments: [302, 408, 429, 500, 503])
  func again(status: Int) async throws {
    let receiver = try await Receiver { _ in status }
    let error = await failure(receiver.url + "/canary")
    #expect(error?.code.rawValue == "notice-not-taken")
    #expect(error?.message == "the receiver of channel chat at \(receiver.url) answered \(status)")
    #expect(receiver.requests.count == 1)
    try await receiver.stop()
  }

  @Test("A receiver that says nothing is left after the time-out, and one that is not there at once")
  func silence() async throws {
    let receiver = try await Receiver { _ in nil }
    #expect(await failure(receiver.url + "/canary", timeout: .milliseconds(300))?.code.rawValue == "notice-unreachable")
    let url = receiver.url
    try await receiver.stop()
    let error = await failure(url + "/canary")
    #expect(error?.code.rawValue == "notice-unreachable" && error?.message.contains(url) == true)
  }

  @Test("A URL comes from a variable, a file of the project, or what is kept of the configuration file; each time anew")
  func places() async throws {
    let receiver = try await Receiver()
    let folder = FileManager.default.temporaryDirectory.appending(path: "notify-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { do { try FileManager.default.removeItem(at: folder) } catch {} }
    let values = MemoryValues()
    let set = await values.keep([WebhookPlace.stated: receiver.url + "/stated"])
    let webhooks = Webhooks(values: values, environment: { _ in nil })
    func tell(_ place: WebhookPlace) async throws -> NoticeAnswer {
      try await webhooks.tell(Self.notice, to: channel(place), in: folder.path)
    }
    #expect(try await tell(.stated(.sealed(set))) == .taken)
    for path in ["/one", "/two"] {
      try Data("\(receiver.url)\(path)\n".utf8).write(to: folder.appending(path: "hook"))
      #expect(try await tell(.secret(.file("hook"))) == .taken)
    }
    #expect(receiver.requests.map(\.uri) == ["/stated", "/one", "/two"])
    try Data("canary, no URL".utf8).write(to: folder.appending(path: "hook"))
    for (place, words) in [
      (SecretPlace.file("hook"), "the file hook holds no URL that begins with https:// or http://"),
      (.file("gone"), "the file gone can't be read by the server"),
      (.variable("GONE"), "the variable GONE is not set in the environment of the server"),
    ] {
      let error = await #expect(throws: SlipwayError.self) { _ = try await tell(.secret(place)) }
      #expect(error?.code.rawValue == "notice-secret" && error?.message == words)
    }
    await webhooks.close()
    try await receiver.stop()
  }

  @Test("Webhooks that are let go of without having told anything end their connections by themselves")
  func unused() async {
    for closes in [0, 1, 2] {
      let webhooks = Webhooks(values: MemoryValues())
      for _ in 0..<closes { await webhooks.close() }
    }
  }
}
