import SlipwayModel
import Testing

@Suite("The digest of a service's configuration")
struct ConfigurationDigestTests {
  private func service(run: String = "./api", variables: Variables = .none, build: String? = nil) throws -> ServiceSpec {
    ServiceSpec(name: try #require(Name("api")), build: build, artifact: "dist", run: run, variables: variables)
  }

  @Test("The digested text is JSON with sorted keys, without white space")
  func canonicalForm() throws {
    let text = try service(run: "echo \"a\\b\"\n\u{1}ü", variables: ["A": "1"]).canonicalConfiguration
    #expect(
      text == #"{"format":"slipway.service-configuration.v1","health":{"failures":3,"interval_ms":1000,"liveness":"/health","#
        + #""minimum_healthy_time_ms":2000,"readiness":"/health","startup_timeout_ms":60000,"timeout_ms":5000},"name":"api","#
        + #""run":"echo \"a\\b\"\n\u0001ü","shutdown":{"drain_ms":30000,"grace_ms":10000},"variables":{"A":""}}"#)
  }

  @Test("It changes with the command and with a variable, not with how the artifact is made")
  func sensitivity() throws {
    let digest = try service().configurationDigest
    #expect(try service(build: "make api").configurationDigest == digest)
    #expect(try service(run: "./api -v").configurationDigest != digest)
    #expect(try service(variables: ["A": "1"]).configurationDigest != digest)
  }

  @Test("Values are in it by their keyed digests only: without the key nobody can try values out")
  func values() throws {
    func sealed(_ value: String, _ key: String) throws -> Digest {
      try service(variables: Variables.values(["A": value]).sealed(with: ValueSeal(key: key.utf8))).configurationDigest
    }
    #expect(try service(variables: ["A": "1"]).configurationDigest == service(variables: ["A": "2"]).configurationDigest)
    #expect(try sealed("1", "a key") == sealed("1", "a key"))
    #expect(try sealed("1", "a key") != sealed("2", "a key"))
    #expect(try sealed("1", "a key") != sealed("1", "another key"))
  }
}
