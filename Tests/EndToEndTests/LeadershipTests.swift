import AsyncHTTPClient
import ClusterDouble
import Foundation
import NIOCore
import NIOHTTP1
import RealSite
import SlipwayModel
import Testing

/// Two real servers with one state folder and one Lease; the API server that keeps the Lease is the double, over HTTP.
@Suite("End to end: one server leads", .serialized, .timeLimit(.minutes(4)))
struct LeadershipTests {
  /// Seconds that the Lease lasts.
  private static let lease = 3.0

  private struct Bench: Sendable {
    let site: Site
    let cluster: ClusterServer
    let token = "tester.0123456789abcdef0123456789abcdef"

    var environment: [String: String] {
      ["KUBECONFIG": site.folder.appending(path: "kubeconfig").path, "SLIPWAY_TOKEN": token]
    }

    /// Starts a server and waits until it answers.
    func serve(_ name: String) async throws -> Served {
      let port = try Site.freePort()
      let output = site.folder.appending(path: "serve-\(name)")
      let process = try Program.start(
        Program.slipway,
        [
          "serve", "--state", site.state.path, "--listen", "127.0.0.1:\(port)", "--lease", "slipway/slipway", "--lease-duration", "3s",
        ], in: site.folder, environment: environment, output: output)
      let served = Served(process: process, port: port, output: output)
      try await LeadershipTests.eventually("\(name) answers", 30) { await served.status("/healthz") == 200 }
      return served
    }

    func run(_ arguments: String..., on served: Served) async throws -> Finished {
      let output = site.folder.appending(path: "out-\(UUID().uuidString.prefix(6))")
      let process = try Program.start(
        Program.slipway, arguments + ["--server", "http://127.0.0.1:\(served.port)"], in: site.folder, environment: environment,
        output: output)
      return try await Program.finish(process, output: output, within: 90)
    }

    /// The newest rollout as a server tells it.
    func newest(_ served: Served) async throws -> (version: String, phase: String)? {
      guard let (status, body) = await served.get("/v1/rollouts", token: token), status == 200,
        let json = try JSONSerialization.jsonObject(with: body) as? [String: Any],
        let last = (json["rollouts"] as? [[String: Any]])?.last, let version = last["version"] as? String,
        let phase = last["phase"] as? String
      else { return nil }
      return (version, phase)
    }

    func holder() async -> String? { await cluster.cluster.object("Lease", "slipway", "slipway")?["spec"]?["holderIdentity"]?.text }
    func term() async -> Int? { await cluster.cluster.object("Lease", "slipway", "slipway")?["spec"]?["leaseTransitions"]?.integer }

    /// In which term an object was written last.
    func term(of kind: String, _ name: String) async -> String? {
      await cluster.cluster.object(kind, "shop", name)?["metadata"]?["annotations"]?["slipway.dev/term"]?.text
    }
  }

  private struct Served: Sendable {
    let process: Process
    let port: Int
    let output: URL

    func get(_ path: String, token: String? = nil) async -> (Int, Data)? {
      var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
      if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
      request.headers.add(name: "Connection", value: "close")
      // A server that does not answer, or is frozen, is one without a status.
      guard let response = try? await HTTPClient.shared.execute(request, timeout: .milliseconds(500)),
        let body = try? await response.body.collect(upTo: 1 << 20)
      else { return nil }
      return (Int(response.status.code), Data(body.readableBytesView))
    }

    func status(_ path: String) async -> Int? { await get(path)?.0 }
    func signal(_ number: Int32) { kill(process.processIdentifier, number) }
    var log: String { (try? String(contentsOfFile: output.path + ".err", encoding: .utf8)) ?? "" }
  }

  private static func eventually(_ what: String, _ seconds: Double, _ isSo: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
      if try await isSo() { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw SiteError("within \(seconds) s it was never so that \(what)")
  }

  private func withBench(_ body: @escaping @Sendable (Bench) async throws -> Void) async throws {
    var state = ClusterState(now: Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)))
    state.addNamespace("shop")
    state.addNamespace("slipway")
    try await ClusterServer.run(state) { server in
      let site = try Site()
      do {
        try ClusterTests.configure(site, server, stages: "{ traffic: 25%, duration: 10s }")
        try await body(Bench(site: site, cluster: server))
      } catch {
        let logs = ["first", "second"].map {
          (try? String(contentsOf: site.folder.appending(path: "serve-\($0).err"), encoding: .utf8)) ?? ""
        }
        Issue.record("\(error)\n\(logs.joined(separator: "\n---\n"))")
      }
      site.killLeftovers()
      await site.remove()
    }
  }

  /// Two servers of which the first leads, and a rollout of v2 that holds its stage.
  private func underWay(_ bench: Bench) async throws -> (Served, Served) {
    let first = try await bench.serve("first")
    try await Self.eventually("the first one leads", 20) { await first.status("/readyz") == 200 }
    let second = try await bench.serve("second")
    #expect(await second.status("/readyz") == 503)
    let deployed = try await bench.run("deploy", "--version", "v1", "--reason", "a test", on: first)
    #expect(deployed.status == 0, "\(deployed)")
    let begun = try await bench.run("deploy", "--version", "v2", "--reason", "a test", "--no-wait", on: first)
    #expect(begun.status == 0, "\(begun)")
    try await Self.eventually("v2 is shifting", 30) { try await bench.newest(first)?.phase == "shifting" }
    return (first, second)
  }

  @Test("A server that stands by tells what goes on and refuses commands; when the leader is killed it goes on within the Lease's time")
  func killed() async throws {
    try await withBench { bench in
      let (first, second) = try await underWay(bench)
      try await Self.eventually("the second one knows of v2", 5) { try await bench.newest(second)?.version == "v2" }
      let holder = try #require(await bench.holder())
      let refused = try await bench.run("abort", "--reason", "a test", on: second)
      #expect(refused.status == 1 && refused.errors.contains("not-leader") && refused.errors.contains(holder), "\(refused)")
      first.signal(SIGKILL)
      let killed = ContinuousClock.now
      try await Self.eventually("the second one leads", 20) { await second.status("/readyz") == 200 }
      let took = ContinuousClock.now - killed
      // The Lease's time from its last renewal as it was seen, and then the journal has to be opened and replayed.
      #expect(took < .seconds(Self.lease + 3), "\(took)")
      print("a killed leader was replaced after \(took)")
      try await Self.eventually("v2 is promoted", 60) { ["baking", "succeeded"].contains(try await bench.newest(second)?.phase) }
      #expect(await bench.term() == 2)
      #expect(await bench.term(of: "Service", "answers") == "2")
      #expect(await bench.term(of: "Deployment", "answers-green") == "2")
      second.signal(SIGTERM)
      try await Self.eventually("the second one has ended", 30) { !second.process.isRunning }
      #expect(second.process.terminationStatus == 0)
      #expect(await bench.holder() == "")
      // Nobody leads: a command that finds no server starts none that would drive without the Lease.
      let alone = try await bench.site.run("status")
      #expect(alone.status == 1 && alone.errors.contains("not-leader"), "\(alone)")
      let verified = try await bench.site.run("audit", "verify")
      #expect(verified.status == 0, "\(verified)")
    }
  }

  @Test("A leader that was frozen finds another one when it thaws: it changes nothing any more and stands by")
  func frozen() async throws {
    try await withBench { bench in
      let (first, second) = try await underWay(bench)
      first.signal(SIGSTOP)
      let frozen = ContinuousClock.now
      try await Self.eventually("the second one leads", 20) { await second.status("/readyz") == 200 }
      let took = ContinuousClock.now - frozen
      #expect(took < .seconds(Self.lease + 3), "\(took)")
      print("a frozen leader was replaced after \(took)")
      first.signal(SIGCONT)
      try await Self.eventually("the first one stands by", 10) { await first.status("/readyz") == 503 }
      // The clock alone tells that it leads no more; a moment later it stops.
      try await Self.eventually("the first one has stopped driving", 10) { first.log.contains("stopped driving") }
      let refused = try await bench.run("abort", "--reason", "a test", on: first)
      #expect(refused.status == 1 && refused.errors.contains("not-leader"), "\(refused)")
      try await Self.eventually("v2 is promoted", 60) { ["baking", "succeeded"].contains(try await bench.newest(second)?.phase) }
      try await Self.eventually("the first one has heard of that", 5) { try await bench.newest(first)?.phase != "shifting" }
      #expect(await bench.term() == 2)
      #expect(await bench.term(of: "Service", "answers") == "2")
      second.signal(SIGTERM)
      try await Self.eventually("the first one leads again", 20) { await first.status("/readyz") == 200 }
      #expect(await bench.term() == 3)
      let verified = try await bench.site.run("audit", "verify")
      #expect(verified.status == 0, "\(verified)")
    }
  }

  @Test("While the API server is away nobody leads; never do two at once; afterwards the rollout goes on")
  func outage() async throws {
    try await withBench { bench in
      let (first, second) = try await underWay(bench)
      let both = try await withThrowingTaskGroup(of: Int.self) { group in
        group.addTask { await Self.timesBothLead(first, second) }
        defer { group.cancelAll() }
        try await away(bench, first, second)
        group.cancelAll()
        return try await group.next()
      }
      #expect(both == 0)
    }
  }

  /// Asks both again and again until it is cancelled.
  private static func timesBothLead(_ first: Served, _ second: Served) async -> Int {
    var both = 0
    while !Task.isCancelled {
      async let one = first.status("/readyz")
      async let two = second.status("/readyz")
      if await (one, two) == (200, 200) { both += 1 }
      do { try await Task.sleep(for: .milliseconds(20)) } catch { break }
    }
    return both
  }

  private func away(_ bench: Bench, _ first: Served, _ second: Served) async throws {
    await bench.cluster.cluster.with { $0.faults.isDown = true }
    let down = ContinuousClock.now
    try await Self.eventually("the leader gives up", 20) { await first.status("/readyz") == 503 }
    let took = ContinuousClock.now - down
    #expect(took < .seconds(Self.lease), "\(took)")
    print("a leader without the API server gave up after \(took)")
    try await Task.sleep(for: .seconds(2))
    #expect(await second.status("/readyz") == 503)
    await bench.cluster.cluster.with { $0.faults.isDown = false }
    try await Self.eventually("somebody leads again", 20) {
      let both = [await first.status("/readyz"), await second.status("/readyz")]
      return both.contains(200)
    }
    let leader = await first.status("/readyz") == 200 ? first : second
    try await Self.eventually("v2 is promoted", 60) { ["baking", "succeeded"].contains(try await bench.newest(leader)?.phase) }
  }
}
