import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("The rights that a rollout needs")
struct RequiredRightsTests {
  private func spec(_ router: KubernetesRouter, manifests: String? = nil) -> KubernetesSpec {
    KubernetesSpec(namespace: Name("shop")!, router: router, manifests: manifests)
  }

  @Test("The rules of a Role follow from router and manifests")
  func role() {
    let base = """
      - {apiGroups: [""], resources: ["namespaces"], resourceNames: ["shop"], verbs: ["get"]}
      - {apiGroups: [""], resources: ["pods/log"], verbs: ["get"]}
      - {apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "list", "watch", "create", "patch"]}
      - {apiGroups: [""], resources: ["services"], verbs: ["get", "list", "watch", "create", "patch"]}
      - {apiGroups: ["apps"], resources: ["replicasets"], verbs: ["list", "watch"]}
      - {apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"]}
      - {apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"]}
      - {apiGroups: [""], resources: ["events"], verbs: ["list"]}
      - {apiGroups: [""], resources: ["secrets"], verbs: ["get", "create", "patch"]}
      - {apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: ["get", "create", "patch"]}
      - {apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: ["get", "list", "patch"]}
      """
    // Equal verbs of one group stand together.
    #expect(Set(lines(RequiredRights.role(for: spec(.replicas)))) == Set(lines(base)))
    let ingress =
      #"- {apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: ["get", "list", "watch", "create", "patch", "delete"]}"#
    #expect(Set(lines(RequiredRights.role(for: spec(.nginx(ingress: "api"))))) == Set(lines(base) + [ingress]))
    let mesh =
      #"- {apiGroups: ["networking.istio.io"], resources: ["virtualservices", "destinationrules"], verbs: ["get", "list", "watch", "patch"]}"#
    let istio = KubernetesRouter.istio(IstioRouter(virtualService: "api", destinationRule: "api"))
    #expect(Set(lines(RequiredRights.role(for: spec(istio)))) == Set(lines(base) + [mesh]))
  }

  private func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

  @Test("What is missing becomes one error with the rules to add")
  func missing() throws {
    let questions = RequiredRights.questions(for: spec(.service)).filter {
      $0.kind == .secret && $0.verb != "get" || $0.subresource == "log" || $0.kind == .deployment && $0.verb == "patch"
    }
    let error = try #require(RequiredRights.problem(missing: questions, in: Name("shop")!))
    #expect(error.code == .clusterForbidden)
    #expect(
      error.message
        == "the credentials for the cluster do not allow in the namespace 'shop': patch deployments; get pods/log; create, patch secrets")
    #expect(
      error.remedy == """
        add to the `rules` of a Role there that is bound to Slipway's user:
        - {apiGroups: ["apps"], resources: ["deployments"], verbs: ["patch"]}
        - {apiGroups: [""], resources: ["pods/log"], verbs: ["get"]}
        - {apiGroups: [""], resources: ["secrets"], verbs: ["create", "patch"]}
        """)
    #expect(RequiredRights.problem(missing: [], in: Name("shop")!) == nil)
  }

  @Test("Every right is asked about in the namespace, and that of the namespace by its name")
  func questions() {
    let questions = RequiredRights.questions(for: spec(.gatewayAPI(route: "api"), manifests: "api.yaml"))
    #expect(questions.allSatisfy { $0.namespace == "shop" })
    #expect(questions.first == AccessQuestion("get", .namespace, in: "shop", name: "shop"))
    #expect(questions.contains(AccessQuestion("patch", .httpRoute, in: "shop")))
    #expect(questions.contains(AccessQuestion("create", .configMap, in: "shop")))
    // What only a release that no slot has any more has read is deleted.
    #expect(
      questions.filter { $0.verb == "delete" } == [
        AccessQuestion("delete", .configMap, in: "shop"), AccessQuestion("delete", .secret, in: "shop"),
      ])
    #expect(Set(questions).count == questions.count)
  }
}
