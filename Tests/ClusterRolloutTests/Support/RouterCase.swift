import ClusterDouble
import SlipwayKubernetes
import SlipwayModel
import Testing

/// A router with what a user has in the cluster for it.
struct RouterCase: Sendable, CustomTestStringConvertible {
  let name: String
  let router: KubernetesRouter
  /// The user's object; `nil` where there is only the service's own Service.
  var object: JSONValue?
  /// The host that requests ask for.
  var host = "api"
  /// What the API calls the objects that are written to move traffic.
  let resources: Set<String>

  var testDescription: String { name }

  static let service = RouterCase(name: "service", router: .service, resources: ["services"])
  static let replicas = RouterCase(name: "replicas", router: .replicas, resources: ["services"])
  static let nginx = RouterCase(
    name: "nginx", router: .nginx(ingress: "{{service}}"), object: ingress, host: "api.example.com", resources: ["ingresses", "services"])
  static let istio = RouterCase(
    name: "istio", router: .istio(IstioRouter(virtualService: "{{service}}")), object: virtualService, resources: ["virtualservices"])
  static let gateway = RouterCase(
    name: "gateway_api", router: .gatewayAPI(route: "{{service}}"), object: route, resources: ["httproutes"])

  static let all = [service, replicas, nginx, istio, gateway]

  /// A rollout that is left in the middle: a share for a long time, or, where there are no shares, the bake.
  var halfway: StrategySpec {
    router == .service ? .blueGreen(BlueGreenSpec(keepPrevious: .minutes(5))) : ClusterBench.canary(50, hold: .minutes(5))
  }

  private static let ingress: JSONValue = [
    "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": ["name": "api", "namespace": "shop"],
    "spec": [
      "ingressClassName": "nginx",
      "rules": [
        [
          "host": "api.example.com",
          "http": [
            "paths": [
              ["path": "/", "pathType": "Prefix", "backend": ["service": ["name": "api", "port": ["number": 80]]]]
            ]
          ],
        ]
      ],
    ],
  ]

  private static let virtualService: JSONValue = [
    "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": ["name": "api", "namespace": "shop"],
    "spec": ["hosts": ["api"], "http": [["timeout": "3s", "route": [["destination": ["host": "api"]]]]]],
  ]

  private static let route: JSONValue = [
    "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": ["name": "api", "namespace": "shop"],
    "spec": ["parentRefs": [["name": "gateway"]], "rules": [["backendRefs": [["name": "api", "port": 80]]]]],
  ]
}
