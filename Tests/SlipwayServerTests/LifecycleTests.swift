import Foundation
import NIOCore
import NIOPosix
import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import SlipwayServer
import Testing
import TwinWorld

@Suite("Server: from start to end", .timeLimit(.minutes(1)))
struct LifecycleTests {
  @Test("Shutting down answers who waits for news, leaves rollouts where they are, and closes the journal once")
  func shutsDown() async throws {
    let host = try Host()
    defer { host.remove() }
    let id = try await host.serving { session in
      _ = try await session.deployed("v1")
      let id = try await session.client.deploy(Host.request("v2", hold: .hours(1))).id
      let (_, entries) = try await session.follow(id) { $0.step?.stage == .holding && $0.phase == .shifting }
      let newest = entries.last?.index ?? 0
      async let waiting = session.client.news(of: id, after: newest + 100, patience: .seconds(30))
      try await Task.sleep(for: .milliseconds(100))
      let start = ContinuousClock.now
      try await session.client.shutdown()
      #expect(try await waiting.entries == [])
      #expect(ContinuousClock.now - start < .seconds(1))
      return id
    }
    #expect(await host.audit.closed == 1)
    #expect(await host.journal.entries.last?.kind != "rollout_rolled_back")
    try await host.serving { session in
      #expect(try await session.client.rollout(id).phase == .shifting)
      _ = try await session.client.intend(IntentRequest(kind: .promoteFully, reason: "on"), rollout: id)
      #expect(try await session.follow(id) { $0.phase == .baking }.view.version == Version("v2"))
    }
    #expect(await host.target.violations == [])
  }

  @Test("A socket that a killed server left behind is no obstacle")
  func leftSocket() async throws {
    let host = try Host()
    defer { host.remove() }
    let group = MultiThreadedEventLoopGroup.singleton
    // Renamed, so that closing does not take the file away, as a process that is killed does not.
    let listener = try await ServerBootstrap(group: group).bind(unixDomainSocketPath: host.socket + ".old").get()
    try FileManager.default.moveItem(atPath: host.socket + ".old", toPath: host.socket)
    try await listener.close()
    #expect(FileManager.default.fileExists(atPath: host.socket))
    #expect(try await host.serving { try await $0.client.health().version } == Program.version)
  }

  @Test("A server that was thought dead and ends does not take away the socket of the one that leads now")
  func takenOver() async throws {
    let leads = Station.leading { LeadershipView(lease: "Lease a/b", leader: "x", leads: true, term: 1) }
    let old = try Host()
    defer { old.remove() }
    let new = try Host(in: old.folder)
    try await old.serving(station: leads) { before in
      // Opens the connection that the old server is told on later.
      _ = try await before.client.health()
      try await new.serving(station: leads) { after in
        try await before.client.shutdown()
        for _ in 0..<500 where await old.audit.closed == 0 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(await old.audit.closed == 1)
        #expect(await new.audit.closed == 0)
        let http = ServerClient(.socket(new.socket), http: after.http)
        #expect(try await http.health().version == Program.version)
        #expect(FileManager.default.fileExists(atPath: new.socket))
      }
    }
  }

  @Test("A port that another program has is named, and the journal is closed")
  func portInUse() async throws {
    let host = try Host()
    defer { host.remove() }
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0).get()
    let address = ListenAddress(host: "127.0.0.1", port: try #require(listener.localAddress?.port))
    let tokens = AccessTokens(texts: ["ada.\(String(repeating: "s", count: 40))"])
    let error = await #expect(throws: SlipwayError.self) { try await host.serving(listen: address, tokens: tokens) { _ in } }
    #expect(error?.code == .portInUse && error?.kind == .broken)
    #expect(error?.message.contains("\(address)") == true)
    #expect(await host.audit.closed == 1)
    try await listener.close()
  }
}
