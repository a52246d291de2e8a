import ClusterDouble
import SlipwayModel

/// What is in the cluster before Slipway comes: namespaces, and for each service an Ingress that leads to it.
struct ClusterLayout {
  let namespaces: Int
  let services: Int

  func cluster(at now: Timestamp) throws -> ClusterState {
    var settings = ClusterSettings()
    settings.historyWindow = 2000
    var state = ClusterState(now: now, settings: settings)
    for number in 0..<namespaces { state.addNamespace("ns\(number)") }
    for number in 0..<services {
      let path = "/apis/networking.k8s.io/v1/namespaces/ns\(number % namespaces)/ingresses"
      guard case .json(201, _, _) = state.respond(to: APIRequest("POST", path, body: Self.ingress("s\(number)")), at: now) else {
        throw LayoutError.refused("s\(number)")
      }
    }
    return state
  }

  private static func ingress(_ name: String) -> JSONValue {
    let backend: JSONValue = ["service": ["name": .text(name), "port": ["number": 80]]]
    let path: JSONValue = ["path": "/", "pathType": "Prefix", "backend": backend]
    let rule: JSONValue = ["host": .text("\(name).example.com"), "http": ["paths": .list([path])]]
    return [
      "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": ["name": .text(name)],
      "spec": ["ingressClassName": "nginx", "rules": .list([rule])],
    ]
  }
}

/// The double has not taken the Ingress of a service.
enum LayoutError: Error {
  case refused(String)
}
