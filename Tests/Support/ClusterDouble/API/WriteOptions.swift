import SlipwayModel

/// How a write is to be done.
struct WriteOptions: Sendable {
  var isDryRun = false
  /// `nil` for the cluster's own controllers, whose writes leave no trace in `managedFields`.
  var manager: FieldManager?
  var force = false

  static let controller = WriteOptions()

  private init() {}

  /// The field manager is named by the query, else by the first word of the user agent.
  init(_ route: Route, _ request: APIRequest) throws(APIError) {
    if let dryRun = request.query["dryRun"], !dryRun.isEmpty {
      guard dryRun == "All" else { throw APIError.badRequest("invalid dryRun value: \(dryRun)") }
      isDryRun = true
    }
    let isApply = route.verb == "apply"
    var name = request.query["fieldManager"] ?? ""
    if name.isEmpty, !isApply { name = String(request.userAgent.prefix { $0 != "/" }) }
    guard !name.isEmpty else {
      let problem = FieldProblem.required("fieldManager", "is required for apply patch")
      throw APIError(
        code: 422, reason: "Invalid", message: "PatchOptions.meta.k8s.io \"\" is invalid: \(problem.field): \(problem.message)",
        details: [
          "group": "meta.k8s.io", "kind": "PatchOptions",
          "causes": [["reason": .text(problem.reason), "message": .text(problem.message), "field": .text(problem.field)]],
        ])
    }
    manager = FieldManager(
      name: name, isApply: isApply, apiVersion: route.info.apiVersion, subresource: route.subresource ?? "")
    force = request.isOn("force")
  }
}
