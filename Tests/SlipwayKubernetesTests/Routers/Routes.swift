import SlipwayKubernetes
import SlipwayModel

/// Routes as users have them, each with something in it that is none of Slipway's business.
enum Route {
  static func share(_ percent: Double, to slot: Slot = .green, rules: [RoutingRule] = [], mirror: Slot? = nil) -> TrafficSplit {
    let green = slot == .green ? percent : 100 - percent
    return TrafficSplit(
      green: Percentage(percent: green), rules: rules, mirror: mirror == nil ? .zero : Percentage(percent: 25)!, mirrorTo: mirror)
  }

  static let tester = RoutingRule(source: .header, name: "X-Tester", value: "yes", slot: .green)
  static let beta = RoutingRule(source: .cookie, name: "beta", value: "always", slot: .green)

  static let ingress = document(
    .ingress, "web",
    annotations: ["nginx.ingress.kubernetes.io/proxy-read-timeout": "30", "nginx.ingress.kubernetes.io/affinity": "cookie"],
    spec: [
      "ingressClassName": "nginx", "tls": [["hosts": ["shop.example"], "secretName": "shop-tls"]],
      "rules": [
        [
          "host": "shop.example",
          "http": [
            "paths": [
              backend("/api", "api"), backend("/static", "files"),
            ]
          ],
        ],
        ["host": "files.example", "http": ["paths": [backend("/", "files")]]],
        ["host": "api.example", "http": ["paths": [backend("/", "api")]]],
      ],
    ])

  private static func backend(_ path: String, _ service: String) -> JSONValue {
    [
      "path": .text(path), "pathType": "Prefix",
      "backend": ["service": ["name": .text(service), "port": ["name": "http"]]],
    ]
  }

  static let virtualService = document(
    .virtualService, "api", annotations: [:],
    spec: [
      "hosts": ["api", "api.example"], "gateways": ["mesh", "shop/public"], "exportTo": ["*"],
      "http": [
        ["name": "health", "match": [["uri": ["exact": "/health"]]], "route": [["destination": ["host": "health"]]]],
        [
          "name": "main", "timeout": "4s", "retries": ["attempts": 2, "perTryTimeout": "1s"], "x-future": ["kept": true],
          "match": [["uri": ["prefix": "/v1"]], ["uri": ["prefix": "/v2"], "headers": ["x-plan": ["exact": "gold"]]]],
          "route": [
            [
              "destination": ["host": "api.shop.svc.cluster.local", "port": ["number": 80]],
              "headers": ["response": ["add": ["x-served-by": "mesh"]]],
            ]
          ],
        ],
      ],
    ])

  static let destinationRule = document(
    .destinationRule, "api", annotations: [:],
    spec: [
      "host": "api", "trafficPolicy": ["loadBalancer": ["simple": "LEAST_REQUEST"]],
      "subsets": [["name": "canary-of-somebody-else", "labels": ["version": "v9"]]],
    ])

  static let httpRoute: ObjectDocument = {
    var route = document(
      .httpRoute, "api", annotations: [:],
      spec: [
        "hostnames": ["shop.example"], "parentRefs": [["group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "public"]],
        "rules": [
          [
            "name": "api", "matches": [["path": ["type": "PathPrefix", "value": "/api"]]], "timeouts": ["request": "4s"],
            "filters": [["type": "RequestHeaderModifier", "requestHeaderModifier": ["set": [["name": "X-Env", "value": "prod"]]]]],
            "backendRefs": [["group": "", "kind": "Service", "name": "api", "port": 80, "weight": 1]],
          ],
          [
            "matches": [["path": ["type": "PathPrefix", "value": "/files"]]],
            "backendRefs": [["group": "", "kind": "Service", "name": "files", "port": 80, "weight": 1]],
          ],
        ],
      ])
    route.json["metadata"]?["generation"] = 3
    route.json["status"] = ["parents": [parent("public", observed: 3)]]
    return route
  }()

  static func parent(_ name: String, accepted: String = "True", resolved: String = "True", observed: Int?) -> JSONValue {
    func condition(_ type: String, _ status: String) -> JSONValue {
      var condition: JSONValue = ["type": .text(type), "status": .text(status), "reason": "Because"]
      condition["observedGeneration"] = observed.map { .integer($0) }
      return condition
    }
    return [
      "controllerName": "example.net/gateway", "parentRef": ["name": .text(name)],
      "conditions": [condition("Accepted", accepted), condition("ResolvedRefs", resolved)],
    ]
  }

  private static func document(_ kind: ResourceKind, _ name: String, annotations: [String: String], spec: JSONValue) -> ObjectDocument {
    var document = ObjectDocument(
      ObjectKey(kind, namespace: "shop", name: name), labels: ["team": "shop"], annotations: annotations)
    document.json["metadata"]?["resourceVersion"] = "41"
    document.json["spec"] = spec
    return document
  }

  /// The user's objects, both slots' Services and the service's own one, which selects blue.
  static func cluster(_ service: ManagedService, selecting selection: Selection = .only(.blue)) -> Cluster {
    var cluster = Cluster(
      [ingress, virtualService, destinationRule, httpRoute, service.rootDocument(selecting: selection)]
        + Slot.allCases.map { service.document(of: $0) })
    cluster.run(blue: 2, green: 2, of: service)
    return cluster
  }
}
