import SlipwayModel

/// A request that a user of a service makes.
package struct ServiceRequest: Hashable, Sendable {
  /// The Service's name, or the host that a route or Ingress is for.
  package var host: String
  package var namespace: String
  package var path: String
  /// By their names in lower case.
  package var headers: [String: String]
  package var cookies: [String: String]
  /// From 0 up to 1: which way a split by weight sends it.
  package var draw: Double
  /// From 0 up to 1: which of the ready pods gets it.
  package var podDraw: Double

  package init(
    _ host: String, namespace: String = "default", path: String = "/", headers: [String: String] = [:], cookies: [String: String] = [:],
    draw: Double = 0, podDraw: Double = 0
  ) {
    self.host = host
    self.namespace = namespace
    self.path = path
    self.headers = Dictionary(headers.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { $1 })
    self.cookies = cookies
    self.draw = draw
    self.podDraw = podDraw
  }
}

/// Who answers a request.
package enum ServiceAnswer: Hashable, Sendable {
  /// A pod whose program runs, with its image.
  case pod(name: String, image: String)
  /// A status of the router or of the node, and why.
  case failed(Int, String)

  /// Whether the user got an answer.
  package var isServed: Bool { if case .pod = self { true } else { false } }
}
