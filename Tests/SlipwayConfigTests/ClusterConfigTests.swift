import SlipwayConfig
import SlipwayModel
import Testing

@Suite("Environments in a cluster")
struct ClusterConfigTests {
  private func read(_ environment: String, more: String = "") -> (spec: EnvironmentSpec?, problems: [String]) {
    let text = """
      project: demo
      services: { api: { image: example.com/api } }
      environments: { production: { target: kubernetes, namespace: shop, \(environment) } }
      \(more)
      """
    let reading = ConfigurationFile(text: text, file: "slipway.yaml")
    return (reading.project?.environments.first, reading.diagnostics.map(\.message))
  }

  @Test("A namespace is enough: shares by replicas, the current context, images by digest")
  func defaults() {
    let found = read("replicas: 2")
    #expect(found.problems == [])
    #expect(found.spec?.kubernetes == KubernetesSpec(namespace: Name("shop")!))
    #expect(found.spec?.kubernetes?.router == .replicas)
    #expect(found.spec?.refusedSettings == [])
  }

  @Test(
    "A router is a word, or a word with its objects",
    arguments: [
      ("nginx", KubernetesRouter.nginx(ingress: "{{service}}")), ("{ nginx: { ingress: shop } }", .nginx(ingress: "shop")),
      ("service", .service), ("gateway_api", .gatewayAPI(route: "{{service}}")), ("{ gateway_api: { route: r } }", .gatewayAPI(route: "r")),
      ("istio", .istio(IstioRouter(virtualService: "{{service}}"))),
      (
        "{ istio: { virtual_service: v, routes: [a, b], destination_rule: d } }",
        .istio(IstioRouter(virtualService: "v", routes: ["a", "b"], destinationRule: "d"))
      ),
    ])
  func routers(text: String, router: KubernetesRouter) {
    let found = read("cluster: { router: \(text) }")
    #expect(found.problems == [])
    #expect(found.spec?.kubernetes?.router == router)
  }

  @Test("All of `cluster` is read, and completed for a service of a folder")
  func cluster() throws {
    let found = read(
      "cluster: { context: prod, kubeconfig: [a, ~/b], manifests: deploy/api.yaml, adopt: old, image_pinning: tag, router: { nginx: {} } }")
    #expect(found.problems == [])
    let spec = try #require(found.spec?.kubernetes)
    #expect(
      spec.completed(for: Name("api")!, in: "base")
        == KubernetesSpec(
          context: "prod", kubeconfig: ["base/a", "~/b"], namespace: Name("shop")!, router: .nginx(ingress: "api"),
          manifests: "base/deploy/api.yaml", adopts: "old", pinning: .tag))
  }

  @Test(
    "What can't work is said",
    arguments: [
      (
        "cluster: { router: service }, strategy: rolling", "",
        "the router `service` knows all or nothing, and the strategy of `production` asks for shares that follow the replicas"
      ),
      (
        "cluster: { router: service }", "strategy: { canary: { stages: [{ traffic: 10%, duration: 5m }] } }",
        "the router `service` knows all or nothing, and the strategy of `production` asks for a share of 10%"
      ),
      ("cluster: { router: { nginx: {}, istio: {} } }", "", "a service has one router, and here are 2"),
      (
        "replicas: 2", "rollback: { triggers: { error_rate: \">5% for 2m\" } }",
        "nothing counts requests in the cluster of `production`, and `error_rate` is to be judged: a deployment is refused"
      ),
    ])
  func mistakes(environment: String, more: String, message: String) {
    #expect(read(environment, more: more).problems == [message])
  }

  @Test("With a source that counts, requests may be judged")
  func counted() {
    let found = read(
      "metrics: { source: prometheus, prometheus: { url: http://p, preset: http } }",
      more: "rollback: { triggers: { error_rate: \">5% for 2m\" } }")
    #expect(found.problems == [])
    #expect(found.spec?.measuredBy?.source == .prometheus)
  }

  @Test("`cluster` of another target does nothing, and that is said")
  func elsewhere() {
    let text = """
      project: demo
      services: { api: { artifact: dist, run: ./api } }
      environments: { local: { listen: 127.0.0.1:8000, cluster: { router: nginx } } }
      """
    #expect(
      ConfigurationFile(text: text, file: "slipway.yaml").diagnostics.map(\.message) == [
        "`cluster` is for `target: kubernetes`, so it does nothing here"
      ])
  }
}
