import SlipwayModel
import Testing

@testable import SlipwayKubernetes

/// The messages are those of real API servers (1.30 to 1.34).
@Suite("What an API server refuses")
struct StatusAnswerTests {
  private func answer(_ code: Int, _ reason: String, _ message: String, _ details: JSONValue? = nil) -> StatusAnswer {
    var json: JSONValue = ["kind": "Status", "reason": .text(reason), "message": .text(message)]
    json["details"] = details
    return StatusAnswer(code: code, json: json)
  }

  private func error(_ code: Int, _ reason: String, _ message: String, _ details: JSONValue? = nil) -> SlipwayError {
    answer(code, reason, message, details).error("apply api-blue", about: ClientSample.key)
  }

  static let cases: [(Int, String, String, String, SlipwayError.Kind)] = [
    (401, "Unauthorized", "Unauthorized", "cluster-unauthorized", .broken),
    (
      403, "Forbidden",
      #"deployments.apps "api" is forbidden: User "ci" cannot patch resource "deployments" in API group "apps" in the namespace "shop""#,
      "cluster-forbidden", .broken
    ),
    (
      403, "Forbidden", #"pods "api" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=4, limited: pods=4"#,
      "quota-exceeded", .refused
    ),
    (403, "Forbidden", #"pods "api" is forbidden: failed quota: compute: must specify limits.cpu"#, "quota-exceeded", .refused),
    (
      400, "BadRequest", #"admission webhook "policy.example.com" denied the request: no latest tags"#, "admission-refused", .refused
    ),
    (
      422, "Invalid", "deployments.apps \"api\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no",
      "admission-refused", .refused
    ),
    (
      403, "Forbidden", #"pods "api" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true"#, "admission-refused",
      .refused
    ),
    (
      500, "InternalError", #"Internal error occurred: failed calling webhook "policy.example.com": context deadline exceeded"#,
      "admission-refused", .broken
    ),
    (
      409, "Conflict", #"Operation cannot be fulfilled on deployments.apps "api": the object has been modified"#, "object-conflict",
      .refused
    ),
    (409, "AlreadyExists", #"deployments.apps "api" already exists"#, "object-exists", .refused),
    (429, "TooManyRequests", "Too many requests, please try again later.", "cluster-busy", .broken),
    (503, "ServiceUnavailable", "the server is currently unable to handle the request", "cluster-busy", .broken),
    (
      500, "InternalError", "failed to create typed patch object: .spec.unhealthyPodEvictionPolicy: field not declared in schema",
      "object-invalid", .input
    ),
    (404, "", "", "kind-not-served", .refused), (415, "UnsupportedMediaType", "", "kind-not-served", .refused),
    (418, "", "", "cluster-answer", .broken),
  ]

  @Test("Each kind of refusal has its code, and says who has to act", arguments: cases)
  func codes(status: Int, reason: String, message: String, code: String, kind: SlipwayError.Kind) {
    let error = error(status, reason, message)
    #expect([error.code.rawValue, "\(error.kind)"] == [code, "\(kind)"])
    #expect(error.message.hasPrefix("can't apply api-blue: "))
  }

  @Test("An object that is missing is told from a kind that is missing")
  func missing() {
    let missing = error(404, "NotFound", #"namespaces "shop" not found"#, ["name": "shop", "kind": "namespaces"])
    #expect(missing.code == .objectNotFound && missing.message == #"can't apply api-blue: namespaces "shop" not found"#)
    #expect(error(404, "", "").message == "can't apply api-blue: the API server does not serve Deployment (apps/v1)")
  }

  @Test("Mistakes in an object are listed with their fields")
  func invalid() {
    let error = error(
      422, "Invalid", "Deployment.apps \"api\" is invalid: …",
      [
        "causes": [
          ["reason": "FieldValueInvalid", "message": "Invalid value: -1: must be greater than or equal to 0", "field": "spec.replicas"],
          ["reason": "FieldValueRequired", "message": "Required value", "field": "spec.template.spec.containers[0].image"],
        ]
      ])
    #expect(error.code == .objectInvalid)
    #expect(
      error.message
        == "can't apply api-blue: Deployment shop/api-blue is not valid: spec.replicas: Invalid value: -1: must be greater than "
        + "or equal to 0; spec.template.spec.containers[0].image: Required value")
  }

  @Test("Of a Secret no value is repeated")
  func secrets() {
    let answer = answer(
      422, "Invalid", "Secret \"s\" is invalid: data[a]: Invalid value: \"hunter2\"",
      ["causes": [["reason": "FieldValueInvalid", "message": "Invalid value: \"hunter2\"", "field": "data[a]"]]])
    let error = answer.error("apply s", about: ObjectKey(.secret, namespace: "shop", name: "s"))
    #expect(error.message == "can't apply s: Secret shop/s is not valid: data[a]: FieldValueInvalid")
  }

  @Test("A conflict of fields names the other managers, their fields and what to do")
  func fieldConflict() {
    let details: JSONValue = [
      "causes": [
        ["reason": "FieldManagerConflict", "message": "conflict with \"argocd-controller\" using apps/v1", "field": ".spec.replicas"],
        [
          "reason": "FieldManagerConflict",
          "message": "conflict with \"kubectl\" with subresource \"scale\" using apps/v1 at 2026-11-21T12:00:00Z", "field": ".spec.paused",
        ],
        ["reason": "FieldManagerConflict", "message": "conflict with \"argocd-controller\" using apps/v1", "field": ".metadata.labels.a"],
      ]
    ]
    let answer = answer(409, "Conflict", "Apply failed with 3 conflicts: …", details)
    #expect(
      answer.fieldConflicts == [
        FieldConflict(manager: "argocd-controller", fields: [".metadata.labels.a", ".spec.replicas"]),
        FieldConflict(manager: "kubectl", fields: [".spec.paused"]),
      ])
    let error = answer.error("apply api-blue", about: ClientSample.key)
    #expect(error.code == .fieldConflict && error.kind == .human)
    #expect(
      error.message == "can't apply api-blue: in Deployment shop/api-blue `argocd-controller` owns .metadata.labels.a, .spec.replicas; "
        + "`kubectl` owns .spec.paused")
    #expect(error.remedy.contains("`argocd-controller` and `kubectl`"))
  }

  @Test("Tokens that an answer repeats are hidden, and endless messages are cut")
  func hidden() {
    let json: JSONValue = ["kind": "Status", "message": .text("bad token sesame-123: " + String(repeating: "x", count: 5000))]
    let answer = StatusAnswer(code: 500, json: json, hiding: ["sesame-123"])
    #expect(answer.message.hasPrefix("bad token …: xxx") && answer.message.count == 1001)
  }

  @Test("An answer that comes from no API server is quoted nowhere")
  func foreign() {
    let answer = StatusAnswer(code: 502, body: Array("<html>secret</html>".utf8))
    #expect(answer.error("look", about: nil).message == "can't look: the API server answered 502")
  }
}
