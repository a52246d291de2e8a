import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("The manifests that install the server")
struct InstallationTests {
  private func place(_ namespace: String, _ router: KubernetesRouter = .replicas) -> KubernetesSpec {
    KubernetesSpec(namespace: Name(namespace)!, router: router)
  }

  private func installation(_ places: KubernetesSpec..., makesNamespace: Bool = false) -> Installation {
    Installation(namespace: "slipway", image: "registry.example/slipway:0.1.0", makesNamespace: makesNamespace, places: places)
  }

  @Test("A server for one namespace behind a Service")
  func plain() throws {
    try Snapshot.expect(try ManifestWriter.text(of: installation(place("shop")).objects), is: "install")
  }

  @Test("A server for two namespaces with routers of their own, in a namespace that is made for it")
  func complete() throws {
    let objects = Installation(
      namespace: "delivery", image: "registry.example/slipway@sha256:\(String(repeating: "0", count: 64))", makesNamespace: true,
      storage: "5Gi", storageClass: "fast",
      places: [
        place("shop", .nginx(ingress: "web")), place("search", .gatewayAPI(route: "search")),
        place("shop", .istio(IstioRouter(virtualService: "shop", destinationRule: "shop"))),
      ], releaseNamespaces: [Name("shop")!]
    ).objects
    try Snapshot.expect(try ManifestWriter.text(of: objects), is: "install-complete")
  }

  @Test("The same settings give the same text, in whatever order the file names its places")
  func order() throws {
    let one = try ManifestWriter.text(of: installation(place("shop"), place("search", .service)).objects)
    #expect(try ManifestWriter.text(of: installation(place("search", .service), place("shop")).objects) == one)
  }

  @Test("A place has every right that preflight asks for, and two quotas' reads beside")
  func rights() {
    let istio = place("shop", .istio(IstioRouter(virtualService: "shop", destinationRule: "shop")))
    let asked = Set(installation(istio).questions(in: istio.namespace))
    let needed = Set(RequiredRights.questions(for: istio))
    #expect(needed.isSubset(of: asked))
    #expect(asked.subtracting(needed).map(\.kind.plural).sorted() == ["limitranges", "resourcequotas"])
  }

  @Test("Text that YAML would read as something else is quoted")
  func quoting() throws {
    let object = ObjectDocument(["a": "true", "b": "1e3", "c": "", "d": "null", "e": "plain", "f": [], "g": [:]])
    #expect(try ManifestWriter.text(of: [object]) == "a: \"true\"\nb: \"1e3\"\nc: \"\"\nd: \"null\"\ne: plain\nf: []\ng: {}\n")
  }
}
