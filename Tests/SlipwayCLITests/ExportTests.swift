import Foundation
import Testing

@Suite("slipway export install", .timeLimit(.minutes(1)))
struct ExportTests {
  private static let file = """
    project: demo
    services:
      api: { image: registry.example.com/api, artifact: app, run: ./app --port $PORT }
    environments:
      local: { target: local, listen: 127.0.0.1:8000 }
      staging: { target: kubernetes, namespace: shop-staging }
      production: { target: kubernetes, namespace: shop, cluster: { router: nginx } }
    strategy: { blue_green: { keep_previous: 5m } }

    """

  private func namespaces(_ text: String) -> Set<String> {
    Set(text.matches(of: /(?m)^  namespace: (\S+)$/).map { String($0.1) })
  }

  @Test("Prints manifests for all environments that run in a cluster, or for one, and the same each time")
  func yaml() async throws {
    try await Program.with(Self.file) { program in
      let all = try await program.run("export", "install", "--image", "registry.example.com/slipway:1")
      #expect(all.status == 0 && all.errors.isEmpty, "\(all)")
      #expect(namespaces(all.output) == ["slipway", "shop", "shop-staging"])
      #expect(all.output.contains("image: registry.example.com/slipway:1\n") && all.output.contains("- ingresses\n"))
      #expect(try await program.run("export", "install", "--image", "registry.example.com/slipway:1").output == all.output)
      let one = try await program.run(
        "export", "install", "--image", "registry.example.com/slipway:1", "--environment", "staging", "--namespace", "delivery")
      #expect(namespaces(one.output) == ["delivery", "shop-staging"])
      #expect(one.output.contains("delivery/slipway") && !one.output.contains("- ingresses\n"))
    }
  }

  @Test("JSON is one document that kubectl takes")
  func json() async throws {
    try await Program.with(Self.file) { program in
      let result = try await program.run("export", "install", "--image", "slipway:1", "--with-namespace", "--output", "json")
      #expect(result.status == 0, "\(result)")
      let list = try result.json
      #expect(list["kind"] as? String == "List" && list["apiVersion"] as? String == "v1")
      let kinds = (list["items"] as? [[String: Any]])?.compactMap { $0["kind"] as? String }
      #expect(kinds?.first == "Namespace" && kinds?.suffix(3) == ["PersistentVolumeClaim", "Deployment", "Service"])
    }
  }

  @Test("Releases bring their definition, a Role and the server's option with them; the definition comes alone too")
  func releases() async throws {
    try await Program.with(Self.file) { program in
      let result = try await program.run("export", "install", "--image", "slipway:1", "--releases-in", "shop", "--output", "json")
      #expect(result.status == 0, "\(result)")
      let items = try #require(try result.json["items"] as? [[String: Any]])
      let definition = try await program.run("export", "crd", "--output", "json")
      #expect(NSDictionary(dictionary: try #require(items.first)) == NSDictionary(dictionary: try definition.json))
      #expect(
        items.contains { ($0["metadata"] as? [String: Any])?["name"] as? String == "slipway-releases" && $0["kind"] as? String == "Role" })
      #expect(result.output.contains("\"--releases-in\"") && items.count == 13)
      #expect(try await program.run("export", "crd").output.contains("kind: CustomResourceDefinition\n"))
    }
  }

  @Test("A namespace of Releases that no environment deploys to is warned of")
  func releasesElsewhere() async throws {
    try await Program.with(Self.file) { program in
      let result = try await program.run("export", "install", "--image", "slipway:1", "--releases-in", "web")
      #expect(result.status == 0 && result.errors.contains("no environment of the file deploys to 'web'"), "\(result)")
    }
  }

  @Test("A server that has to hold a Lease is not run in the background")
  func detached() async throws {
    try await Program.with(Self.file) { program in
      let result = try await program.run("serve", "--detach", "--lease", "slipway/slipway")
      #expect(result.status == 2 && result.errors.contains("bad-lease"), "\(result)")
    }
  }

  @Test(
    "Wrong input is refused with 2 and a remedy",
    arguments: [
      (["--environment", "local"], "no-cluster-environment"), (["--environment", "prod"], "unknown-environment"),
      (["--storage", "much"], "bad-arguments"),
    ])
  func mistakes(arguments: [String], code: String) async throws {
    try await Program.with(Self.file) { program in
      let result = try await program.run(["export", "install", "--image", "slipway:1", "--output", "json"] + arguments)
      #expect(result.status == 2, "\(result)")
      #expect((try result.json["error"] as? [String: Any])?["code"] as? String == code)
    }
    try await Program.with(Self.file) { program in
      let result = try await program.run("export", "install")
      #expect(result.status == 2, "an image has to be named")
    }
  }

  @Test("An environment that names a context is warned of: the server reaches its own cluster only")
  func context() async throws {
    let file = Self.file.replacingOccurrences(of: "cluster: { router: nginx }", with: "cluster: { context: prod }")
    try await Program.with(file) { program in
      let result = try await program.run("export", "install", "--image", "slipway:1")
      #expect(result.status == 0 && result.errors.contains("warning: environment 'production'"), "\(result)")
    }
  }

  @Test("serve takes a Lease by its namespace and name, or none")
  func lease() async throws {
    try await Program.with { program in
      for lease in ["slipway", "a/b/c", "Shop/slipway", "/x"] {
        let result = try await program.run("serve", "--lease", lease)
        #expect(result.status == 2 && result.errors.contains("[bad-lease]"), "\(result)")
      }
      let short = try await program.run("serve", "--lease", "none", "--lease-duration", "2s")
      #expect(short.status == 2, "\(short)")
    }
  }
}
