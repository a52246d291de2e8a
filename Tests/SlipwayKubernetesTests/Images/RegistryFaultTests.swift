import Foundation
import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("Registries that fail")
struct RegistryFaultTests {
  private static let manifest = "application/vnd.docker.distribution.manifest.v2+json"
  private static let text = #"{"schemaVersion":2,"mediaType":"\#(manifest)"}"#
  private let digest = Digest(hashing: Array(text.utf8))

  private func ask(_ server: StandInRegistry, _ images: ImageRegistry, tag: String = ":v1", within limit: TimeSpan = .seconds(10))
    async throws
    -> Digest
  {
    try await images.digest(of: try ImageReference("\(server.name)/shop/api\(tag)"), within: limit)
  }

  /// What a question to a registry that answers so ends with.
  private func outcome(_ reply: @escaping @Sendable (StandInRegistry.Request, Int) -> StandInRegistry.Reply, tag: String = ":v1")
    async throws -> (
      error: SlipwayError?, digest: Digest?, lines: [String]
    )
  {
    try await RegistrySite.with { _, images in
      try await StandInRegistry.with(reply) { server in
        do { return (nil, try await ask(server, images, tag: tag), server.lines) } catch let error as SlipwayError {
          return (error, nil, server.lines)
        }
      }
    }
  }

  @Test("Where HEAD says no digest, the manifest is fetched and its digest computed")
  func get() async throws {
    for head in [200, 404, 405, 501] {
      let (error, found, lines) = try await outcome { request, _ in
        request.method == "HEAD" ? .answer(head) : .answer(200, ["Content-Type": Self.manifest], Self.text)
      }
      #expect(error == nil)
      #expect(found == digest)
      #expect(lines.last == "GET /v2/shop/api/manifests/v1")
    }
  }

  @Test("A manifest that has not the digest which stands beside it is refused")
  func tampered() async throws {
    let other = Digest(hashing: Array("other".utf8))
    let (error, _, _) = try await outcome { request, _ in
      request.method == "HEAD"
        ? .answer(405) : .answer(200, ["Content-Type": Self.manifest, "Docker-Content-Digest": other.description], Self.text)
    }
    #expect(error?.code == .registryAnswer)
    #expect(error?.message.contains("has not the digest which it states") == true)
  }

  @Test("A registry that has something else under a digest is refused")
  func contradiction() async throws {
    let asked = Digest(hashing: Array("asked".utf8))
    let (error, _, _) = try await outcome(
      { [digest] _, _ in .answer(200, ["Content-Type": Self.manifest, "Docker-Content-Digest": digest.description]) }, tag: "@\(asked)")
    #expect(error?.code == .registryAnswer)
  }

  @Test(
    "What is no manifest is never taken for one",
    arguments: [
      ("text/html", "<html>Please log in</html>"), ("application/json", "{}"), ("application/json", #"{"schemaVersion":3}"#),
      ("application/vnd.docker.distribution.manifest.v1+prettyjws", #"{"schemaVersion":1}"#),
      (manifest, #"{"schemaVersion":1}"#), (manifest, "[]"),
    ])
  func noManifest(type: String, text: String) async throws {
    let (error, _, _) = try await outcome { _, _ in .answer(200, ["Content-Type": type], text) }
    #expect(error?.code == .registryAnswer)
  }

  @Test("A login page that has a digest in its head is not taken for a manifest either")
  func noManifestInHead() async throws {
    let (error, _, _) = try await outcome { [digest] _, _ in
      .answer(200, ["Content-Type": "text/html", "Docker-Content-Digest": digest.description], "<html>")
    }
    #expect(error?.code == .registryAnswer)
  }

  @Test("More than 4 MiB is no manifest")
  func size() async throws {
    let (error, _, _) = try await outcome { request, _ in
      request.method == "HEAD"
        ? .answer(405) : .answer(200, ["Content-Type": Self.manifest], Self.text + String(repeating: " ", count: 4 << 20))
    }
    #expect(error?.code == .registryAnswer)
    #expect(error?.message.contains("more than 4 MiB") == true)
  }

  @Test("What fails for the moment is asked again")
  func repeated() async throws {
    for trouble in [StandInRegistry.Reply.answer(503), .answer(429, ["Retry-After": "1"]), .hangUp] {
      let (error, found, lines) = try await outcome { [digest] _, number in
        number == 0 ? trouble : .answer(200, ["Content-Type": Self.manifest, "Docker-Content-Digest": digest.description])
      }
      #expect(error == nil)
      #expect(found == digest)
      #expect(lines.count == 2)
    }
  }

  @Test("A registry that goes on failing is unreachable, with what it says")
  func failing() async throws {
    let (error, _, _) = try await outcome { _, _ in
      .answer(429, ["Retry-After": "3600"], #"{"errors":[{"code":"TOOMANYREQUESTS","message":"pull rate limit"}]}"#)
    }
    #expect(error?.code == .registryUnreachable)
    #expect(error?.message.contains("429 (TOOMANYREQUESTS: pull rate limit)") == true)
    #expect(error?.remedy.contains("cluster: { image_pinning: tag }") == true)
  }

  @Test("Silence and half an answer end with the time, or before it")
  func silence() async throws {
    for reply in [StandInRegistry.Reply.silence, .half("{")] {
      try await RegistrySite.with { _, images in
        try await StandInRegistry.with({ request, _ in request.method == "HEAD" ? .answer(405) : reply }) { server in
          let start = ContinuousClock.now
          let error = try await slipwayError { try await ask(server, images, within: .seconds(1)) }
          #expect(error?.code == .registryUnreachable)
          #expect(ContinuousClock.now - start < .seconds(5))
        }
      }
    }
  }

  @Test("Nobody at the address is unreachable, and the message names it")
  func nobody() async throws {
    try await RegistrySite.with { _, images in
      let name = try await StandInRegistry.with({ _, _ in .silence }) { $0.name }
      let error = try await slipwayError {
        try await images.digest(of: try ImageReference("\(name)/shop/api:v1"), within: .seconds(10))
      }
      #expect(error?.code == .registryUnreachable)
      #expect(error?.message.contains(name) == true)
    }
  }

  @Test("A redirect is followed, without the credentials when it leads elsewhere")
  func redirect() async throws {
    try await RegistrySite.with { site, images in
      try await StandInRegistry.with({ [digest] _, _ in
        .answer(200, ["Content-Type": Self.manifest, "Docker-Content-Digest": digest.description])
      }) { other in
        let target = "http://\(other.name)/elsewhere"
        try await StandInRegistry.with({ request, _ in
          request.headers["authorization"] == nil
            ? .answer(401, ["WWW-Authenticate": "Basic realm=x"]) : .answer(307, ["Location": target])
        }) { server in
          try site.write(#"{"auths":{"\#(server.name)":{"auth":"dTpw"}}}"#, to: "config.json")
          #expect(try await ask(server, images) == digest)
          #expect(server.lines.last == "HEAD /v2/shop/api/manifests/v1 [Basic dTpw]")
          #expect(other.lines == ["HEAD /elsewhere"])
        }
      }
    }
  }

  @Test("Redirects without an end, and into the open, are refused")
  func badRedirects() async throws {
    let (endless, _, lines) = try await outcome { _, _ in .answer(302, ["Location": "/again"]) }
    #expect(endless?.code == .registryAnswer)
    #expect(lines.count == 6)
    for place in ["http://example.com/v2/", "ftp://example.com/", ""] {
      let (error, _, _) = try await outcome { _, _ in .answer(302, ["Location": place]) }
      #expect(error?.code == .registryAnswer, "\(place)")
    }
  }

  @Test("A registry far away can't lead to this machine")
  func redirectHome() async throws {
    try await RegistrySite.with { _, images in
      let line = RegistryLine(
        connections: RegistryConnections(environment: [:], certificateFolders: []),
        home: RegistryOrigin(of: "registry.example.com", hasCertificates: false), certificates: [], clock: TickingClock())
      let making = RegistryAuthorization(reference: try ImageReference("registry.example.com/api"), line: line)
      let challenge = RegistryChallenge(scheme: "bearer", parameters: ["realm": "http://127.0.0.1:8080/token"])
      let error = try await slipwayError { try await making.value(for: [challenge], nil) }
      #expect(error?.code == .registryAnswer)
    }
  }

  @Test("Giving up the question ends it at once")
  func cancelled() async throws {
    try await RegistrySite.with { _, images in
      try await StandInRegistry.with({ _, _ in .silence }) { server in
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { _ = try await self.ask(server, images, within: .seconds(60)) }
          while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
          group.cancelAll()
          await #expect(throws: CancellationError.self) { try await group.waitForAll() }
        }
      }
    }
  }
}
