import ClusterDouble
import SlipwayModel

/// Objects and calls that the tests of the double share.
enum Sample {
  static let start = Timestamp(milliseconds: 1_795_000_000_000)

  static func state(_ change: (inout ClusterSettings) -> Void = { _ in }) -> ClusterState {
    var settings = ClusterSettings()
    change(&settings)
    return ClusterState(seed: 7, now: start, settings: settings)
  }

  static func deployment(
    _ name: String, image: String = "registry/api:v1", replicas: Int = 3, labels: [String: String]? = nil, spec: JSONValue = [:]
  ) -> JSONValue {
    let labels = JSONValue.object((labels ?? ["app": name]).mapValues { .text($0) })
    var whole: JSONValue = [
      "replicas": .integer(replicas), "selector": ["matchLabels": labels],
      "template": [
        "metadata": ["labels": labels],
        "spec": [
          "containers": [
            [
              "name": "app", "image": .text(image), "ports": [["name": "http", "containerPort": 8080]],
              "readinessProbe": ["httpGet": ["path": "/ready", "port": "http"]],
            ]
          ]
        ],
      ],
    ]
    for (key, value) in spec.members ?? [:] { whole[key] = value }
    return ["apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": .text(name), "namespace": "default"], "spec": whole]
  }

  static func service(_ name: String, selector: [String: String]) -> JSONValue {
    [
      "apiVersion": "v1", "kind": "Service", "metadata": ["name": .text(name), "namespace": "default"],
      "spec": [
        "selector": .object(selector.mapValues { .text($0) }), "ports": [["name": "http", "port": 80, "targetPort": "http"]],
      ],
    ]
  }

  static let deployments = "/apis/apps/v1/namespaces/default/deployments"
  static let services = "/api/v1/namespaces/default/services"
}

extension ClusterState {
  /// Sends a request at the cluster's own time.
  @discardableResult
  mutating func send(
    _ method: String, _ path: String, query: [String: String] = [:], type: String = "application/json", agent: String = "test/1.0",
    _ body: JSONValue? = nil
  ) -> (code: Int, body: JSONValue) {
    let request = APIRequest(method, path, query: query, contentType: type, userAgent: agent, body: body)
    let verdict = verdict(on: request)
    switch respond(to: request, verdict: verdict, at: now) {
    case .json(let code, let body, _): return (code, body)
    case .text(let code, let text): return (code, .text(text))
    case .watch: return (200, .null)
    }
  }

  /// Lets time pass, with everything that happens on the way.
  mutating func pass(_ span: TimeSpan) {
    let end = now + span
    while let next = tick(now), next <= end { tick(next) }
    tick(end)
  }

  mutating func apply(
    _ path: String, _ body: JSONValue, as manager: String = "slipway", force: Bool = false
  ) -> (code: Int, body: JSONValue) {
    var query = ["fieldManager": manager]
    if force { query["force"] = "true" }
    return send("PATCH", path, query: query, type: "application/apply-patch+yaml", body)
  }
}
