import Foundation
import SlipwayModel
import SlipwayRuntime
import SlipwayServer
import Testing

@Suite("API: who may come in, and who acts", .timeLimit(.minutes(1)))
struct AccessTests {
  private static let secret = String(repeating: "s", count: 40)
  private static let loopback = ListenAddress(host: "127.0.0.1", port: 0)

  @Test("Over the Unix socket the actor is the user whom the kernel names, whatever the request says")
  func peer() async throws {
    let host = try Host()
    defer { host.remove() }
    try await host.serving { session in
      let view = try await session.client.deploy(Host.request("v1", actor: "mallory"))
      #expect(view.startedBy.hasPrefix(NSUserName() + "@"))
    }
  }

  @Test("Only its owner may open the socket")
  func socketMode() async throws {
    let host = try Host()
    defer { host.remove() }
    let mode = try await host.serving { _ in
      try FileManager.default.attributesOfItem(atPath: host.socket)[.posixPermissions] as? Int
    }
    #expect(mode == 0o600)
  }

  @Test("Over TCP a request without a valid token is refused, and with one the token's name acts")
  func tokens() async throws {
    let host = try Host()
    defer { host.remove() }
    let tokens = AccessTokens(texts: ["ada.\(Self.secret)", "bob.\(Self.secret)x"])
    try await host.serving(listen: Self.loopback, tokens: tokens) { session in
      for wrong in [nil, "", "ada", "ada.\(Self.secret)x", "bob.\(Self.secret)", "eve.\(Self.secret)"] {
        let error = await #expect(throws: SlipwayError.self) { try await session.client(token: wrong).health() }
        #expect(error?.code == .unauthorized && error?.kind == .input)
      }
      let view = try await session.client(token: "bob.\(Self.secret)x").deploy(Host.request("v1", actor: "mallory"))
      #expect(view.startedBy == "bob")
    }
  }

  @Test("The API is never offered over TCP without a token")
  func noToken() async throws {
    let host = try Host()
    defer { host.remove() }
    let error = await #expect(throws: SlipwayError.self) { try await host.serving(listen: Self.loopback) { _ in } }
    #expect(error?.code == .tokenMissing)
    #expect(await host.audit.closed == 1)
  }

  @Test("The token file is made for its owner alone, is read again, and is refused when others may read it")
  func tokenFile() async throws {
    let host = try Host()
    defer { host.remove() }
    let path = host.folder + "/token"
    let extra = "ci.\(Self.secret)"
    let made = try AccessTokens.load(stateFolder: host.folder, extra: extra)
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
    let token = try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .newlines)
    #expect(made.name(of: token) == "operator" && made.name(of: extra) == "ci")
    let read = try AccessTokens.load(stateFolder: host.folder)
    #expect(read.name(of: token) == "operator" && read.name(of: extra) == nil)
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    let error = #expect(throws: SlipwayError.self) { try AccessTokens.load(stateFolder: host.folder) }
    #expect(error?.code == .tokenUnusable)
  }

  @Test(
    "What is no token opens nothing", arguments: ["", "ada", "ada.short", "Ada.0123456789012345678901234567890123456789", ".x"])
  func noTokens(text: String) {
    #expect(AccessTokens(texts: [text]).isEmpty)
    #expect(AccessTokens(texts: [text]).name(of: text) == nil)
  }
}
