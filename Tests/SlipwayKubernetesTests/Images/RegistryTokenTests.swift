import Foundation
import NIOConcurrencyHelpers
import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("Tokens for registries")
struct RegistryTokenTests {
  private static let manifest = "application/vnd.oci.image.manifest.v1+json"
  private let digest = Digest(hashing: Array("manifest".utf8))

  /// A registry that shows its image to who has the token `good`, which `/token` gives out.
  private func registry(
    challenge: String = #"Bearer realm="http://REGISTRY/token?tenant=1",service="the registry",scope="repository:shop/api:pull""#,
    tokens: @escaping @Sendable (StandInRegistry.Request) -> StandInRegistry.Reply = { _ in .answer(200, [:], #"{"token":"good"}"#) }
  ) -> @Sendable (StandInRegistry.Request, Int) -> StandInRegistry.Reply {
    { [digest] request, _ in
      if request.uri.hasPrefix("/token") { return tokens(request) }
      guard request.headers["authorization"] == "Bearer good" else {
        return .answer(401, ["WWW-Authenticate": challenge.replacing("REGISTRY", with: request.headers["host"] ?? "")])
      }
      return .answer(200, ["Docker-Content-Digest": digest.description, "Content-Type": Self.manifest])
    }
  }

  private func config(_ server: StandInRegistry, _ entry: String) -> String { #"{"auths":{"\#(server.name)":{\#(entry)}}}"# }

  private func auth(_ pair: String) -> String { #""auth":"\#(Data(pair.utf8).base64EncodedString())""# }

  private func ask(_ server: StandInRegistry, _ images: ImageRegistry) async throws -> Digest {
    try await images.digest(of: try ImageReference("\(server.name)/shop/api:v1"), within: .seconds(10))
  }

  @Test("Without credentials a token for everybody is fetched where the registry says")
  func anonymous() async throws {
    try await RegistrySite.with { _, images in
      try await StandInRegistry.with(registry()) { server in
        let found = try await ask(server, images)
        #expect(found == digest)
        #expect(
          server.lines == [
            "HEAD /v2/shop/api/manifests/v1",
            "GET /token?tenant=1&service=the%20registry&scope=repository%3Ashop%2Fapi%3Apull",
            "HEAD /v2/shop/api/manifests/v1 [Bearer good]",
          ])
        #expect(server.requests[0].headers["accept"]?.contains("application/vnd.oci.image.index.v1+json") == true)
        #expect(server.requests[0].headers["accept"]?.contains("application/vnd.docker.distribution.manifest.list.v2+json") == true)
      }
    }
  }

  @Test("A password goes to who gives out tokens, and not to the registry")
  func password() async throws {
    try await RegistrySite.with { site, images in
      try await StandInRegistry.with(registry(tokens: { _ in .answer(200, [:], #"{"access_token":"good","expires_in":60}"#) })) { server in
        try site.write(config(server, auth("u:p")), to: "config.json")
        let found = try await ask(server, images)
        #expect(found == digest)
        #expect(
          server.lines == [
            "HEAD /v2/shop/api/manifests/v1",
            "GET /token?tenant=1&service=the%20registry&scope=repository%3Ashop%2Fapi%3Apull&account=u [Basic dTpw]",
            "HEAD /v2/shop/api/manifests/v1 [Bearer good]",
          ])
      }
    }
  }

  @Test("An identity token is exchanged by OAuth 2")
  func identity() async throws {
    try await RegistrySite.with { site, images in
      try await StandInRegistry.with(registry()) { server in
        try site.write(config(server, #""identitytoken":"refresh me""#), to: "config.json")
        let found = try await ask(server, images)
        #expect(found == digest)
        #expect(server.lines[1] == "POST /token?tenant=1")
        #expect(
          server.requests[1].body
            == "service=the%20registry&client_id=slipway&grant_type=refresh_token&refresh_token=refresh%20me"
            + "&scope=repository%3Ashop%2Fapi%3Apull")
      }
    }
  }

  @Test("A token of the file goes to the registry as it is")
  func registryToken() async throws {
    try await RegistrySite.with { site, images in
      try await StandInRegistry.with(registry()) { server in
        try site.write(config(server, #""registrytoken":"good""#), to: "config.json")
        let found = try await ask(server, images)
        #expect(found == digest)
        #expect(server.lines == ["HEAD /v2/shop/api/manifests/v1", "HEAD /v2/shop/api/manifests/v1 [Bearer good]"])
      }
    }
  }

  @Test("A token that the registry does not take is not fetched again and again, and no secret is told")
  func refused() async throws {
    try await RegistrySite.with { site, images in
      try await StandInRegistry.with(registry(tokens: { _ in .answer(200, [:], #"{"token":"not-good-enough"}"#) })) { server in
        try site.write(config(server, auth("user:my-password")), to: "config.json")
        let error = try await slipwayError { try await ask(server, images) }
        #expect(error?.code == .registryUnauthorized)
        #expect(server.requests.count == 3)
        let text = String(describing: error)
        for secret in ["not-good-enough", "my-password", Data("user:my-password".utf8).base64EncodedString()] {
          #expect(!text.contains(secret))
        }
      }
    }
  }

  @Test("Whoever gives out tokens and does not is named")
  func noToken() async throws {
    try await RegistrySite.with { _, images in
      for (reply, code) in [
        (StandInRegistry.Reply.answer(403), SlipwayError.Code.registryUnauthorized), (.answer(200, [:], "<html>"), .registryAnswer),
        (.answer(200, [:], "{}"), .registryAnswer), (.answer(200, [:], #"{"token":"a\r\nb: c"}"#), .registryAnswer),
        (.answer(503), .registryUnreachable),
      ] {
        try await StandInRegistry.with(registry(tokens: { _ in reply })) { server in
          let error = try await slipwayError { try await ask(server, images) }
          #expect(error?.code == code, "\(String(describing: error))")
        }
      }
    }
  }

  @Test("A password is not sent in the clear to another machine, whoever asks for it")
  func clearText() async throws {
    try await RegistrySite.with { site, images in
      try await StandInRegistry.with(registry(challenge: #"Bearer realm="http://auth.example.com/token",service="x""#)) { server in
        try site.write(config(server, auth("u:p")), to: "config.json")
        let error = try await slipwayError { try await ask(server, images) }
        #expect(error?.code == .registryAnswer)
        #expect(server.requests.count == 1)
      }
    }
  }

  @Test("A helper that fails does not stand in the way of an image for everybody, and is named when it is not")
  func helperFails() async throws {
    try await RegistrySite.with(config: #"{"credsStore":"broken"}"#) { site, images in
      try site.helper("broken", "echo my-secret; exit 3")
      try await StandInRegistry.with(registry()) { server in
        let found = try await ask(server, images)
        #expect(found == digest)
      }
      try await StandInRegistry.with(registry(tokens: { _ in .answer(401) })) { server in
        let error = try await slipwayError { try await ask(server, images) }
        #expect(error?.code == .registryUnauthorized)
        #expect(error?.message.contains("docker-credential-broken") == true)
        #expect(!String(describing: error).contains("my-secret"))
      }
    }
  }

  @Test("A helper that knows nothing leaves it to the entries of the file")
  func helperKnowsNothing() async throws {
    try await RegistrySite.with { site, images in
      try site.helper("empty", "echo 'credentials not found in native keychain'; exit 1")
      try await StandInRegistry.with(registry()) { server in
        try site.write(#"{"credHelpers":{"\#(server.name)":"empty"},"auths":{"\#(server.name)":{\#(auth("u:p"))}}}"#, to: "config.json")
        let found = try await ask(server, images)
        #expect(found == digest)
        #expect(server.lines.contains { $0.hasSuffix("[Basic dTpw]") })
      }
    }
  }

  @Test("A helper that never ends is ended with the time of the question")
  func helperHangs() async throws {
    try await RegistrySite.with(config: #"{"credsStore":"slow"}"#) { site, images in
      try site.helper("slow", "echo $$ > '\(site.folder.path)/pid'; sleep 600")
      try await StandInRegistry.with(registry()) { server in
        let reference = try ImageReference("\(server.name)/shop/api:v1")
        let error = try await slipwayError { try await images.digest(of: reference, within: .seconds(2)) }
        #expect(error?.code == .registryUnreachable)
        #expect(error?.message.contains("has not answered within 2s") == true)
        let text = try String(contentsOf: site.folder.appending(path: "pid"), encoding: .utf8)
        let pid = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(kill(pid, 0) == -1)
      }
    }
  }
}
