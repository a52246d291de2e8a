import ClusterDouble
import SlipwayModel
import Testing

@Suite("The data plane of the double")
struct DataPlaneTests {
  /// Two slots with three pods each, and the service's own Service, which selects blue.
  static func slots(green: String = "registry/api:v2", _ change: (inout ClusterSettings) -> Void = { _ in }) -> ClusterState {
    var state = Sample.state(change)
    for (slot, image) in [("blue", "registry/api:v1"), ("green", green)] {
      state.send("POST", Sample.deployments, Sample.deployment("api-\(slot)", image: image, labels: ["app": "api", "slot": slot]))
      state.send("POST", Sample.services, Sample.service("api-\(slot)", selector: ["app": "api", "slot": slot]))
    }
    state.send("POST", Sample.services, Sample.service("api", selector: ["app": "api", "slot": "blue"]))
    state.pass(.seconds(2))
    return state
  }

  static func point(_ state: inout ClusterState, at selector: JSONValue) {
    state.send(
      "PATCH", Sample.services + "/api", type: "application/json-patch+json",
      [["op": "replace", "path": "/spec/selector", "value": selector]])
    state.pass(.milliseconds(10))
  }

  @Test("A Service sends its requests to the ready pods that it selects")
  func selector() {
    var state = Self.slots()
    #expect(state.answers(300, to: ServiceRequest("api")) == ["registry/api:v1": 300])
    Self.point(&state, at: ["app": "api", "slot": "green"])
    #expect(state.answers(300, to: ServiceRequest("api")) == ["registry/api:v2": 300])
    Self.point(&state, at: ["app": "api"])
    let both = state.answers(600, to: ServiceRequest("api"))
    #expect(both.values.allSatisfy { (290...310).contains($0) })
    Self.point(&state, at: ["app": "nobody"])
    #expect(state.answers(10, to: ServiceRequest("api")) == ["503": 10])
  }

  @Test("A selector that names pods which are not ready loses every request")
  func unready() {
    var state = Self.slots(green: "registry/api:never-ready")
    Self.point(&state, at: ["app": "api", "slot": "green"])
    #expect(state.answers(10, to: ServiceRequest("api")) == ["503": 10])
  }

  @Test("Endpoints that lag send requests to pods that are gone")
  func lag() {
    var state = Self.slots { $0.stoppingTakes = .milliseconds(5) }
    state.settings.endpointsLag = .seconds(2)
    state.send("PATCH", Sample.deployments + "/api-blue/scale", type: "application/merge-patch+json", ["spec": ["replicas": 1]])
    state.pass(.milliseconds(500))
    let lost = state.answers(300, to: ServiceRequest("api"))["502"] ?? 0
    #expect((190...210).contains(lost))
    state.pass(.seconds(3))
    #expect(state.answers(300, to: ServiceRequest("api")) == ["registry/api:v1": 300])
  }

  @Test("Pods that are stopping still serve, when nobody else is ready")
  func terminating() {
    var state = Self.slots { $0.stoppingTakes = .seconds(10) }
    state.send("PATCH", Sample.deployments + "/api-blue/scale", type: "application/merge-patch+json", ["spec": ["replicas": 0]])
    state.pass(.seconds(1))
    #expect(state.answers(30, to: ServiceRequest("api")) == ["registry/api:v1": 30])
    state.pass(.seconds(10))
    #expect(state.answers(30, to: ServiceRequest("api")) == ["503": 30])
  }

  static func ingress(_ name: String, _ service: String, _ annotations: [String: String] = [:]) -> JSONValue {
    [
      "metadata": [
        "name": .text(name),
        "annotations": .object(
          Dictionary(uniqueKeysWithValues: annotations.map { ("nginx.ingress.kubernetes.io/\($0.key)", .text($0.value)) })),
      ],
      "spec": [
        "rules": [
          [
            "host": "api.example",
            "http": [
              "paths": [["path": "/", "pathType": "Prefix", "backend": ["service": ["name": .text(service), "port": ["number": 80]]]]]
            ],
          ]
        ]
      ],
    ]
  }

  @Test("A canary Ingress takes its weight, its header and its cookie")
  func nginx() {
    var state = Self.slots()
    let path = "/apis/networking.k8s.io/v1/namespaces/default/ingresses"
    state.send("POST", path, Self.ingress("api", "api-blue"))
    state.send(
      "POST", path,
      Self.ingress(
        "api-canary", "api-green",
        [
          "canary": "true", "canary-weight": "50", "canary-weight-total": "1000", "canary-by-header": "X-Canary",
          "canary-by-cookie": "canary",
        ]))
    state.pass(.milliseconds(10))
    #expect(state.answers(1000, to: ServiceRequest("api.example")) == ["registry/api:v1": 950, "registry/api:v2": 50])
    #expect(state.answers(10, to: ServiceRequest("api.example", headers: ["x-canary": "always"])) == ["registry/api:v2": 10])
    #expect(state.answers(1000, to: ServiceRequest("api.example", headers: ["X-Canary": "never"])) == ["registry/api:v1": 1000])
    #expect(state.answers(10, to: ServiceRequest("api.example", cookies: ["canary": "always"])) == ["registry/api:v2": 10])
  }

  @Test("A canary Ingress whose Service has no endpoints is passed over")
  func nginxWithoutEndpoints() {
    var state = Self.slots(green: "registry/api:never-ready")
    let path = "/apis/networking.k8s.io/v1/namespaces/default/ingresses"
    state.send("POST", path, Self.ingress("api", "api-blue"))
    state.send("POST", path, Self.ingress("api-canary", "api-green", ["canary": "true", "canary-weight": "50"]))
    state.pass(.milliseconds(10))
    #expect(state.answers(100, to: ServiceRequest("api.example")) == ["registry/api:v1": 100])
  }

  @Test("A VirtualService splits by weight after its matches, and loses what it sends to an empty Service")
  func istio() {
    var state = Self.slots()
    let path = "/apis/networking.istio.io/v1/namespaces/default/virtualservices"
    func destination(_ slot: String, _ weight: Int) -> JSONValue {
      ["destination": ["host": .text("api-\(slot).default.svc.cluster.local")], "weight": .integer(weight)]
    }
    state.send(
      "POST", path,
      [
        "metadata": ["name": "api"],
        "spec": [
          "hosts": ["api"],
          "http": [
            ["match": [["headers": ["x-tester": ["exact": "yes"]]]], "route": [["destination": ["host": "api-green"]]]],
            ["route": [destination("blue", 75), destination("green", 25)]],
          ],
        ],
      ])
    state.pass(.milliseconds(10))
    #expect(state.answers(100, to: ServiceRequest("api")) == ["registry/api:v1": 75, "registry/api:v2": 25])
    #expect(state.answers(10, to: ServiceRequest("api", headers: ["x-tester": "yes"])) == ["registry/api:v2": 10])
    state.send("PATCH", Sample.deployments + "/api-green/scale", type: "application/merge-patch+json", ["spec": ["replicas": 0]])
    state.pass(.seconds(1))
    #expect(state.answers(100, to: ServiceRequest("api")) == ["registry/api:v1": 75, "503": 25])
  }

  @Test("Subsets are pods by label, and a subset that no DestinationRule names has none")
  func subsets() {
    var state = Self.slots()
    let group = "/apis/networking.istio.io/v1/namespaces/default"
    state.send(
      "PATCH", Sample.services + "/api", type: "application/json-patch+json",
      [["op": "replace", "path": "/spec/selector", "value": ["app": "api"]]])
    func destination(_ subset: String, _ weight: Int) -> JSONValue {
      ["destination": ["host": "api", "subset": .text(subset)], "weight": .integer(weight)]
    }
    state.send(
      "POST", group + "/virtualservices",
      [
        "metadata": ["name": "api"],
        "spec": ["hosts": ["api"], "http": [["route": [destination("blue", 60), destination("green", 40)]]]],
      ])
    state.send(
      "POST", group + "/destinationrules",
      ["metadata": ["name": "api"], "spec": ["host": "api", "subsets": [["name": "blue", "labels": ["slot": "blue"]]]]])
    state.pass(.milliseconds(10))
    #expect(state.answers(100, to: ServiceRequest("api")) == ["registry/api:v1": 60, "503": 40])
  }

  static func route(_ green: Int, rules: [JSONValue] = []) -> JSONValue {
    [
      "metadata": ["name": "api"],
      "spec": [
        "parentRefs": [["name": "gateway"]], "hostnames": ["api.example"],
        "rules": .list(
          [
            [
              "backendRefs": [
                ["name": "api-blue", "port": 80, "weight": .integer(100 - green)],
                ["name": "api-green", "port": 80, "weight": .integer(green)],
              ]
            ]
          ] + rules),
      ],
    ]
  }

  static let routes = "/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes"

  @Test("An HTTPRoute splits by weight, and a more specific match wins")
  func httpRoute() {
    var state = Self.slots()
    let testers: JSONValue = [
      "matches": [["headers": [["name": "X-Tester", "value": "yes"]]]], "backendRefs": [["name": "api-green", "port": 80]],
    ]
    state.send("POST", Self.routes, Self.route(10, rules: [testers]))
    state.pass(.milliseconds(10))
    #expect(state.answers(100, to: ServiceRequest("api.example")) == ["registry/api:v1": 90, "registry/api:v2": 10])
    #expect(state.answers(10, to: ServiceRequest("api.example", headers: ["x-tester": "yes"])) == ["registry/api:v2": 10])
  }

  static func accepted(_ state: ClusterState) -> JSONValue? {
    state.object("HTTPRoute", "default", "api")?[path: ["status", "parents"]]?.items?.first?["conditions"]?.items?
      .first { $0["type"] == "Accepted" }
  }

  @Test("A router that lags neither routes nor tells before its time")
  func lagging() {
    var state = Self.slots { $0.routerLag = .seconds(3) }
    state.send("POST", Self.routes, Self.route(0))
    state.pass(.seconds(4))
    var body = Self.route(50)
    body["metadata"] = state.object("HTTPRoute", "default", "api")?["metadata"]
    #expect(state.send("PUT", Self.routes + "/api", body).code == 200)
    state.pass(.seconds(2))
    #expect(Self.accepted(state)?["observedGeneration"] == 1)
    #expect(state.answers(100, to: ServiceRequest("api.example")) == ["registry/api:v1": 100])
    state.pass(.seconds(2))
    #expect(Self.accepted(state)?["observedGeneration"] == 2)
    #expect(state.answers(100, to: ServiceRequest("api.example")) == ["registry/api:v1": 50, "registry/api:v2": 50])
  }

  @Test(
    "Routers tell of a route as they are set to",
    arguments: [
      (RouteStatus.faithful, "True", true), (.withoutGeneration, "True", false), (.rejected(reason: "NoMatchingParent"), "False", true),
    ])
  func status(setting: RouteStatus, accepted: String, generation: Bool) {
    var state = Self.slots { $0.routeStatus = setting }
    state.send("POST", Self.routes, Self.route(0))
    state.pass(.milliseconds(10))
    #expect(Self.accepted(state)?["status"]?.text == accepted)
    #expect((Self.accepted(state)?["observedGeneration"] != nil) == generation)
  }

  @Test("A router that never tells leaves the status empty")
  func silent() {
    var state = Self.slots { $0.routeStatus = .never }
    state.send("POST", Self.routes, Self.route(0))
    state.pass(.seconds(1))
    #expect(state.object("HTTPRoute", "default", "api")?["status"] == nil)
  }
}
