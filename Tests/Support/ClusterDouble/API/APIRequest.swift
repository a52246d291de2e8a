import SlipwayModel

/// A request to the API server, without its transport.
package struct APIRequest: Sendable {
  package var method: String
  /// Without the query, decoded.
  package var path: String
  package var query: [String: String]
  package var contentType: String
  package var userAgent: String
  package var bearer: String?
  package var body: JSONValue?
  /// A number of the caller's, by which an observer of the cluster knows the request again.
  package var mark: Int?

  package init(
    _ method: String, _ path: String, query: [String: String] = [:], contentType: String = "application/json",
    userAgent: String = "test/1.0", bearer: String? = nil, body: JSONValue? = nil
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.contentType = contentType
    self.userAgent = userAgent
    self.bearer = bearer
    self.body = body
  }

  func isOn(_ name: String) -> Bool { ["true", "1"].contains(query[name] ?? "") }
}

/// What the API server does with a request.
package enum APIAnswer: Sendable {
  case json(Int, JSONValue, retryAfterSeconds: Int? = nil)
  case text(Int, String)
  /// A stream of changes; ask ``ClusterState/poll(_:)`` for them.
  case watch(WatchCursor)
}

/// A call in the counters: what was done, to which resource.
package struct APICall: Hashable, Comparable, Sendable {
  /// `get`, `list`, `watch`, `create`, `update`, `patch`, `apply`, `delete`, `deletecollection`.
  package let verb: String
  /// With placeholders: `/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale`.
  package let path: String

  package init(verb: String, path: String) {
    self.verb = verb
    self.path = path
  }

  package static func < (a: APICall, b: APICall) -> Bool { a.path == b.path ? a.verb < b.verb : a.path < b.path }
}
