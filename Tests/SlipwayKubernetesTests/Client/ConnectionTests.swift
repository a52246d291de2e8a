import Foundation
import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("Connections to the API server")
struct ConnectionTests {
  private static let look = ClusterCall("look at api-blue", within: .seconds(30))
  private static let object: JSONValue = ["metadata": ["name": "api-blue"]]

  private func get(_ access: ClusterAccess, environment: [String: String] = [:]) async throws -> ObjectDocument? {
    let clock = FastClock(times: 1)
    let transport = try HTTPTransport(access, clock: clock, logger: quiet, environment: environment)
    let client = KubernetesClient(transport: transport, clock: clock, random: { 0.5 }, logger: quiet)
    let outcome: Result<ObjectDocument?, any Error>
    do { outcome = .success(try await client.get(ClientSample.key, Self.look)) } catch { outcome = .failure(error) }
    await client.close()
    return try outcome.get()
  }

  @Test("The server's certificate is checked against the authority and the name; who skips that gets in anyhow")
  func server() async throws {
    try await withFolder { folder in
      let certificates = try await Certificates.make(in: folder)
      let server = try await ScriptedCluster(tls: certificates.server(asksClients: false)) { _ in .json(Self.object) }
      func access(_ authority: String?, name: String? = "api.test", skips: Bool = false, inline: Bool = false) throws -> ClusterAccess {
        let material = try authority.map { name in
          inline ? Material.inline(Array(try Data(contentsOf: folder.appending(path: name)))) : .file(certificates.path(name))
        }
        return ClusterAccess(
          origin: "the test", server: server.url, authority: material, serverName: name, skipsVerification: skips)
      }
      let outcome: Result<Void, any Error>
      do {
        for good in [try access("ca.pem"), try access("ca.pem", inline: true), try access(nil, name: nil, skips: true)] {
          #expect(try await get(good)?.name == "api-blue")
        }
        #expect(server.requests.first?.headers["host"] == "127.0.0.1:\(server.port)")
        for bad in [try access("other.pem"), try access(nil), try access("ca.pem", name: "other.test"), try access("ca.pem", name: nil)] {
          let start = ContinuousClock.now
          let error = try await failure { _ = try await get(bad) }
          #expect(error.code == .clusterUnreachable && error.cause != nil, "\(error)")
          // Asking again would change nothing.
          #expect(ContinuousClock.now - start < .seconds(15))
        }
        #expect(try await failure { _ = try await get(try access("server.key")) }.code == .kubeconfigInvalid)
        let gone = try await failure { _ = try await get(try access("gone.pem")) }
        #expect(gone.code == .clusterCredentials && gone.message.contains("gone.pem"))
        outcome = .success(())
      } catch { outcome = .failure(error) }
      try await server.stop()
      try outcome.get()
    }
  }

  @Test("A client certificate is shown, and one that was renewed on disk is used at once")
  func clientCertificate() async throws {
    try await withFolder { folder in
      let certificates = try await Certificates.make(in: folder, clients: ["jane", "renewed"])
      let server = try await ScriptedCluster(tls: certificates.server(asksClients: true)) { _ in .json(Self.object) }
      let identity = ClientIdentity<Material>(certificate: .file(certificates.path("jane.pem")), key: .file(certificates.path("jane.key")))
      func access(_ identity: ClientIdentity<Material>?) -> ClusterAccess {
        ClusterAccess(
          origin: "the test", server: server.url, authority: .file(certificates.path("ca.pem")), serverName: "api.test", identity: identity)
      }
      let outcome: Result<Void, any Error>
      do {
        #expect(try await failure { _ = try await get(access(nil)) }.code == .clusterUnreachable)
        let clock = FastClock(times: 1)
        let transport = try HTTPTransport(access(identity), clock: clock, logger: quiet, environment: [:])
        let client = KubernetesClient(transport: transport, clock: clock, random: { 0.5 }, logger: quiet)
        #expect(try await client.get(ClientSample.key, Self.look) != nil)
        // The key of one and the certificate of the other fit together no more: the new files are what is used.
        try FileManager.default.removeItem(atPath: certificates.path("jane.key"))
        try FileManager.default.copyItem(atPath: certificates.path("other.key"), toPath: certificates.path("jane.key"))
        await #expect(throws: SlipwayError.self) { try await client.get(ClientSample.key, Self.look) }
        for part in ["pem", "key"] {
          try FileManager.default.removeItem(atPath: certificates.path("jane.\(part)"))
          try FileManager.default.copyItem(atPath: certificates.path("renewed.\(part)"), toPath: certificates.path("jane.\(part)"))
        }
        #expect(try await client.get(ClientSample.key, Self.look) != nil)
        await client.close()
        #expect(try await failure { _ = try await client.get(ClientSample.key, Self.look) }.code == .clusterUnreachable)
        outcome = .success(())
      } catch { outcome = .failure(error) }
      try await server.stop()
      try outcome.get()
    }
  }

  @Test("A proxy of the kubeconfig is used, with its password; one of the environment unless the host is excepted")
  func proxy() async throws {
    let server = try await ScriptedCluster { _ in .json(Self.object) }
    let proxy = try await ConnectProxy(to: server.port)
    func access(_ proxy: String?) -> ClusterAccess {
      ClusterAccess(origin: "the test", server: "http://api.test:8080/base/", proxy: proxy)
    }
    #expect(try await get(access("http://me:sesame@127.0.0.1:\(proxy.port)")) != nil)
    let request = try #require(proxy.requests.last)
    #expect(request.hasPrefix("CONNECT api.test:8080 HTTP/1.1\r\n"))
    #expect(request.lowercased().contains("proxy-authorization: basic " + Data("me:sesame".utf8).base64EncodedString().lowercased()))
    #expect(server.requests.last?.uri == "/base/apis/apps/v1/namespaces/shop/deployments/api-blue")
    #expect(try await get(access(nil), environment: ["HTTP_PROXY": "127.0.0.1:\(proxy.port)"]) != nil)
    let excepted = ["HTTP_PROXY": "127.0.0.1:\(proxy.port)", "no_proxy": ".test"]
    #expect(try await failure { _ = try await get(access(nil), environment: excepted) }.code == .clusterUnreachable)
    #expect(proxy.requests.count == 2)
    for bad in ["https://127.0.0.1:1", "nothing"] {
      #expect(try await failure { _ = try await get(access(bad)) }.code == .kubeconfigInvalid)
    }
    try await proxy.stop()
    try await server.stop()
  }

  @Test("A server that is no address is refused", arguments: ["", "api:6443", "ftp://api", "https://"])
  func address(server: String) async throws {
    #expect(try await failure { _ = try await get(ClusterAccess(server: server)) }.code == .kubeconfigInvalid)
  }

  @Test("An answer that is no JSON, a redirect and an endless answer are no answers of an API server")
  func foreign() async throws {
    for reply in [
      ScriptedCluster.Reply.answer(200, "<html>log in</html>"), .answer(302, "", headers: ["location": "http://127.0.0.1:1/"]),
    ] {
      try await withCluster { _ in
        reply
      } _: { client, _ async throws in
        let error = try await failure { _ = try await client.get(ClientSample.key, ClientSample.look) }
        #expect(error.code == .clusterAnswer && !error.description.contains("log in"))
      }
    }
  }
}
