import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("What else answers for the same requests")
struct RouteConflictsTests {
  private func ingress(_ name: String, _ hosts: [String: [String]], canary: Bool = false, of className: String = "nginx") -> ObjectDocument
  {
    let annotations = canary ? ["nginx.ingress.kubernetes.io/canary": "true"] : [:]
    var document = ObjectDocument(ObjectKey(.ingress, namespace: "shop", name: name), annotations: annotations)
    document.json["spec"] = [
      "ingressClassName": .text(className),
      "rules": .list(
        hosts.map { host, paths in
          ["host": .text(host), "http": ["paths": .list(paths.map { ["path": .text($0), "backend": ["service": ["name": "api"]]] })]]
        }),
    ]
    return document
  }

  @Test("Another Ingress of the class for the same host and path is a conflict, and another canary too; Slipway's own is none")
  func ingresses() {
    let user = ingress("api", ["a.example.com": ["/", "/v1"], "b.example.com": ["/"]])
    let all = [
      user, ingress("api-shop-canary", ["a.example.com": ["/"]], canary: true), ingress("old", ["a.example.com": ["/v1", "/v2"]]),
      ingress("theirs", ["b.example.com": ["/"]], canary: true), ingress("other", ["c.example.com": ["/"]]),
      ingress("internal", ["a.example.com": ["/"]], of: "internal"),
    ]
    let problems = RouteConflicts.problems(of: user, canary: "api-shop-canary", among: all)
    #expect(
      problems.map(\.message) == [
        "Ingress 'old' is another one for a.example.com/v1", "Ingress 'theirs' is another canary for b.example.com/",
      ])
    #expect(problems.allSatisfy { $0.code == .routeConflict })
  }

  private func route(_ name: String, hosts: [JSONValue], matches: JSONValue?, gateway: JSONValue = "public") -> ObjectDocument {
    var document = ObjectDocument(ObjectKey(.httpRoute, namespace: "shop", name: name))
    var rule: JSONValue = [:]
    rule["matches"] = matches
    document.json["spec"] = ["parentRefs": [["name": gateway]], "hostnames": .list(hosts), "rules": [rule]]
    return document
  }

  @Test("Another HTTPRoute at the same gateway for the same match is a conflict, with what the API fills in")
  func routes() {
    let user = route("api", hosts: ["a.example.com"], matches: nil)
    let all = [
      user, route("same", hosts: ["a.example.com"], matches: [["path": ["type": "PathPrefix", "value": "/"]]]),
      route("narrower", hosts: ["a.example.com"], matches: [["path": ["value": "/v1"]]]),
      route("by-header", hosts: ["a.example.com"], matches: [["headers": [["name": "x", "value": "y"]]]]),
      route("elsewhere", hosts: ["b.example.com"], matches: nil),
      route("inside", hosts: ["a.example.com"], matches: nil, gateway: "internal"),
    ]
    #expect(
      RouteConflicts.problems(ofRoute: user, among: all).map(\.message) == ["HTTPRoute 'same' matches the same requests: a.example.com/"])
  }

  private func virtualService(_ name: String, hosts: [JSONValue], gateways: [JSONValue]) -> ObjectDocument {
    var document = ObjectDocument(ObjectKey(.virtualService, namespace: "shop", name: name))
    document.json["spec"] = ["hosts": .list(hosts), "gateways": .list(gateways)]
    return document
  }

  @Test("Another VirtualService for the same host is a conflict in the mesh, where they are not merged")
  func virtualServices() {
    let user = virtualService("api", hosts: ["api"], gateways: [])
    let all = [
      user, virtualService("full", hosts: ["api.shop.svc.cluster.local"], gateways: ["mesh", "edge"]),
      virtualService("edge", hosts: ["api"], gateways: ["edge"]), virtualService("web", hosts: ["web"], gateways: []),
    ]
    #expect(
      RouteConflicts.problems(ofVirtualService: user, among: all).map(\.message) == [
        "VirtualService 'full' is another one for api.shop in the mesh"
      ])
    #expect(RouteConflicts.problems(ofVirtualService: all[2], among: all) == [])
  }

  @Test("A Service that selects other pods is adopted, and said so; one of another environment, and one without pods, are in the way")
  func services() throws {
    let service = try ManagedService(key: DeploymentKey(service: Name("api")!, environment: Name("production")!), namespace: Name("shop")!)
    func present(_ spec: JSONValue, labels: [String: String] = [:]) -> ServiceOwnership {
      var document = ObjectDocument(service.root, labels: labels)
      document.json["spec"] = spec
      return ServiceOwnership(of: service, present: document)
    }
    #expect(ServiceOwnership(of: service, present: nil) == .own)
    let own = JSONValue.object(service.selector(of: .only(.green)).mapValues { .text($0) })
    #expect(present(["selector": own], labels: service.labels) == .own)
    guard case .adopted(let words) = present(["selector": ["tier": "web", "app": "api"]]) else {
      Issue.record("not adopted")
      return
    }
    #expect(words.hasPrefix("Service shop/api is there already and selects app=api,tier=web: it will be adopted."))
    guard case .unsuitable(let other) = present(["selector": own], labels: [Label.environment: "staging"]) else {
      Issue.record("of another environment")
      return
    }
    #expect(other.message.contains("belongs to the environment 'staging'"))
    guard case .unsuitable(let name) = present(["type": "ExternalName", "externalName": "x"]) else {
      Issue.record("leads to a name")
      return
    }
    #expect(name.code == .routeConflict)
  }
}
