import Foundation
import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("Credentials as docker login keeps them")
struct DockerConfigurationTests {
  private func places(_ json: JSONValue, _ image: String) throws -> [DockerConfiguration.Place] {
    DockerConfiguration(json).places(for: try ImageReference(image))
  }

  private func auth(_ pair: String) -> JSONValue { ["auth": .text(Data(pair.utf8).base64EncodedString())] }

  private func basic(_ username: String, _ password: String) -> DockerConfiguration.Place {
    .here(.basic(username: username, password: password))
  }

  @Test("An entry is found by host, by address and by port, and by no other")
  func keys() throws {
    let json: JSONValue = [
      "auths": ["ghcr.io": auth("u:a:b"), "https://r.example.com:5000/v2/": auth("v:w"), "http://old.example.com": auth("x:y")]
    ]
    #expect(try places(json, "ghcr.io/acme/api") == [basic("u", "a:b")])
    #expect(try places(json, "r.example.com:5000/api") == [basic("v", "w")])
    #expect(try places(json, "old.example.com/api") == [basic("x", "y")])
    #expect(try places(json, "r.example.com/api") == [])
    #expect(try places(json, "api") == [])
  }

  @Test("Docker Hub has the name that docker login gives it")
  func hub() throws {
    let json: JSONValue = ["auths": ["https://index.docker.io/v1/": auth("u:p")]]
    #expect(try places(json, "nginx") == [basic("u", "p")])
    #expect(try places(json, "docker.io/acme/api") == [basic("u", "p")])
  }

  @Test("The entry that names most of the path counts")
  func paths() throws {
    let json: JSONValue = ["auths": ["ghcr.io": auth("all:p"), "ghcr.io/acme": auth("acme:p"), "ghcr.io/acm": auth("other:p")]]
    #expect(try places(json, "ghcr.io/acme/api") == [basic("acme", "p")])
    #expect(try places(json, "ghcr.io/acmeister/api") == [basic("all", "p")])
  }

  @Test("A helper of a registry comes before that of all, and both before entries of the file")
  func helpers() throws {
    let json: JSONValue = ["credHelpers": ["ghcr.io": "gh"], "credsStore": "secretservice", "auths": ["ghcr.io": auth("u:p")]]
    #expect(try places(json, "ghcr.io/a") == [.helper("gh", server: "ghcr.io"), basic("u", "p")])
    #expect(try places(json, "nginx") == [.helper("secretservice", server: "https://index.docker.io/v1/")])
  }

  @Test("Tokens, names in the clear and empty entries are told apart")
  func kinds() throws {
    let json: JSONValue = [
      "auths": [
        "a.io": ["identitytoken": "it", "auth": "dTpw"], "b.io": ["registrytoken": "rt"], "c.io": ["username": "u", "password": "p"],
        "d.io": [:],
        "e.io": ["auth": "not base64"],
      ]
    ]
    #expect(try places(json, "a.io/x") == [.here(.identityToken("it"))])
    #expect(try places(json, "b.io/x") == [.here(.bearer("rt"))])
    #expect(try places(json, "c.io/x") == [basic("u", "p")])
    #expect(try places(json, "d.io/x") == [])
    #expect(try places(json, "e.io/x") == [])
  }

  @Test("Challenges are read with quotes, commas within them, and several in a field")
  func challenges() {
    let fields = [
      #"Bearer realm="https://auth.example.com/token?a=b",service="a, \"b\"",scope="repository:x:pull,push""#,
      #"Negotiate, Basic realm=plain"#,
      "", "=,;",
    ]
    #expect(
      RegistryChallenge.all(in: fields) == [
        RegistryChallenge(
          scheme: "bearer",
          parameters: [
            "realm": "https://auth.example.com/token?a=b", "service": #"a, "b""#, "scope": "repository:x:pull,push",
          ]),
        RegistryChallenge(scheme: "negotiate", parameters: [:]), RegistryChallenge(scheme: "basic", parameters: ["realm": "plain"]),
      ])
  }

  @Test("Only a registry on this machine is spoken to in the clear, and not when a certificate of it is known")
  func origins() {
    func origin(_ registry: String, _ hasCertificates: Bool = false) -> String {
      RegistryOrigin(of: registry, hasCertificates: hasCertificates).description
    }
    #expect(origin("docker.io") == "https://registry-1.docker.io")
    #expect(origin("ghcr.io") == "https://ghcr.io")
    #expect(origin("r.example.com:5000") == "https://r.example.com:5000")
    #expect(origin("10.0.0.1:5000") == "https://10.0.0.1:5000")
    #expect(origin("localhost:5000") == "http://localhost:5000")
    #expect(origin("127.0.0.9") == "http://127.0.0.9")
    #expect(origin("[::1]:5000") == "http://[::1]:5000")
    #expect(origin("[fd00::1]") == "https://[fd00::1]")
    #expect(origin("localhost:5000", true) == "https://localhost:5000")
  }
}
