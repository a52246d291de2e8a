import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import SlipwayModel
import SlipwayRuntime
import SlipwayServer
import Testing
import TwinWorld

@Suite("API: errors", .timeLimit(.minutes(1)))
struct ErrorTests {
  @Test("Each kind of mistake has its status, and every error has the one shape")
  func statuses() async throws {
    let host = try Host()
    defer { host.remove() }
    try await host.serving { session in
      let missing = try await session.raw(.GET, "/v1/rollouts/20260101-000000-none")
      #expect(missing.status == 404)
      #expect(
        missing.body
          == #"{"error":{"code":"unknown-rollout","kind":"input","message":"there is no rollout '20260101-000000-none'","remedy":"`slipway history` lists them"}}"#
      )
      for (path, code) in [("/v1/nothing", "unknown-route"), ("/", "unknown-route")] {
        let answer = try await session.raw(.GET, path)
        #expect(answer.status == 404 && answer.body.contains("\"code\":\"\(code)\""), "\(answer)")
      }
      let broken = try await session.raw(.POST, "/v1/rollouts", body: "{")
      #expect(broken.status == 400 && broken.body.contains("\"code\":\"bad-request\""))
      let number = try await session.raw(.GET, "/v1/rollouts?limit=many")
      #expect(number.status == 400 && number.body.contains("'limit' is not a whole number"))
      let entry = try await session.raw(.GET, "/v1/audit/proof/57")
      #expect(entry.status == 400 && entry.body.contains("\"code\":\"entry-missing\""))
    }
  }

  @Test("A body of more than a megabyte is refused, and the server goes on")
  func tooLong() async throws {
    let host = try Host()
    defer { host.remove() }
    try await host.serving { session in
      let long = try await session.raw(.POST, "/v1/rollouts", body: String(repeating: " ", count: (1 << 20) + 1))
      #expect(long.status == 400 && long.body.contains("longer than 1048576 bytes"))
      #expect(try await session.client.health().status == "ok")
    }
  }

  @Test("A journal that can't be written is Slipway's failure, not the client's")
  func journalFull() async throws {
    let host = try Host()
    defer { host.remove() }
    try await host.serving { session in
      await host.journal.failAppends(1)
      let error = await #expect(throws: SlipwayError.self) { try await session.client.deploy(Host.request("v1")) }
      #expect(error?.code.rawValue == "journal-full" && error?.kind == .broken)
      // Nothing was recorded, so nothing has happened, and the next request is served.
      let rollouts = try await session.client.rollouts()
      #expect(rollouts == [])
      let view = try await session.deployed("v1")
      #expect(view.version == Version("v1"))
    }
  }

  @Test("Where no server listens, the client says so and how to start one")
  func unreachable() async throws {
    let host = try Host()
    defer { host.remove() }
    let error = await #expect(throws: SlipwayError.self) {
      try await ServerClient.with(.socket(host.socket), eventLoopGroup: MultiThreadedEventLoopGroup.singleton) { try await $0.health() }
    }
    #expect(error?.code == .serverUnreachable && error?.kind == .broken)
    #expect(error?.remedy.contains("slipway serve") == true)
  }

  @Test("A server that does not answer in time counts as unreachable")
  func silent() async throws {
    let host = try Host()
    defer { host.remove() }
    let group = MultiThreadedEventLoopGroup.singleton
    let listener = try await ServerBootstrap(group: group).bind(unixDomainSocketPath: host.socket).get()
    let error = await #expect(throws: SlipwayError.self) {
      try await ServerClient.with(.socket(host.socket), eventLoopGroup: group) { try await $0.health(deadline: .milliseconds(200)) }
    }
    #expect(error?.code == .serverUnreachable)
    try await listener.close()
  }
}
