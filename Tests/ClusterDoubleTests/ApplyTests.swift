import ClusterDouble
import SlipwayModel
import Testing

@Suite("Server-side apply in the double")
struct ApplyTests {
  static let path = Sample.deployments + "/api"

  @Test("Applying what is not there creates it, owned by who applied it")
  func create() throws {
    var state = Sample.state()
    let answer = state.apply("/api/v1/namespaces/default/configmaps/c", ["apiVersion": "v1", "kind": "ConfigMap", "data": ["a": "1"]])
    #expect(answer.code == 201)
    #expect(
      answer.body[path: ["metadata", "managedFields"]] == [
        [
          "manager": "slipway", "operation": "Apply", "apiVersion": "v1", "time": "2026-11-18T11:06:40Z", "fieldsType": "FieldsV1",
          "fieldsV1": ["f:data": ["f:a": [:]]],
        ]
      ])
  }

  @Test("Applying the same again changes no version")
  func same() {
    var state = Sample.state()
    let first = state.apply(Self.path, Sample.deployment("api"))
    let second = state.apply(Self.path, Sample.deployment("api"))
    #expect(second.code == 200)
    #expect(first.body == second.body)
  }

  @Test("A field that another manager set is a conflict that names manager and field, and the object stays")
  func conflict() {
    var state = Sample.state()
    _ = state.apply(Self.path, Sample.deployment("api", replicas: 3), as: "helm")
    let answer = state.apply(Self.path, Sample.deployment("api", image: "registry/api:v2", replicas: 5))
    #expect(answer.code == 409)
    #expect(answer.body["reason"] == "Conflict")
    #expect(
      answer.body["message"] == """
        Apply failed with 2 conflicts: conflicts with "helm":
        - .spec.replicas
        - .spec.template.spec.containers[name="app"].image
        """)
    #expect(
      answer.body["details"] == [
        "causes": [
          ["reason": "FieldManagerConflict", "message": "conflict with \"helm\"", "field": ".spec.replicas"],
          [
            "reason": "FieldManagerConflict", "message": "conflict with \"helm\"",
            "field": ".spec.template.spec.containers[name=\"app\"].image",
          ],
        ]
      ])
    #expect(state.object("Deployment", "default", "api")?[path: ["spec", "replicas"]] == 3)
  }

  @Test("A conflict with somebody who did not apply says with which version and when")
  func conflictWithUpdate() {
    var state = Sample.state()
    _ = state.apply(Self.path, Sample.deployment("api", replicas: 3))
    state.send("PATCH", Self.path, type: "application/merge-patch+json", agent: "kubectl/1.34", ["spec": ["replicas": 4]])
    let answer = state.apply(Self.path, Sample.deployment("api", replicas: 3))
    #expect(
      answer.body["message"]
        == "Apply failed with 1 conflict: conflict with \"kubectl\" using apps/v1 at 2026-11-18T11:06:40Z: .spec.replicas")
  }

  @Test("A scale by its subresource is a conflict that names the subresource")
  func conflictWithScale() {
    var state = Sample.state()
    _ = state.apply(Self.path, Sample.deployment("api", replicas: 3))
    state.send("PATCH", Self.path + "/scale", type: "application/merge-patch+json", agent: "kubectl/1.34", ["spec": ["replicas": 4]])
    #expect(state.object("Deployment", "default", "api")?[path: ["metadata", "generation"]] == 2)
    let answer = state.apply(Self.path, Sample.deployment("api", replicas: 3))
    let message = answer.body["message"]?.text ?? ""
    #expect(message.contains("\"kubectl\" with subresource \"scale\" using apps/v1"))
  }

  @Test("Force takes the field over, and the other owns it no more")
  func force() throws {
    var state = Sample.state()
    _ = state.apply(Self.path, Sample.deployment("api", replicas: 3), as: "helm")
    let answer = state.apply(Self.path, Sample.deployment("api", replicas: 5), force: true)
    #expect(answer.code == 200)
    #expect(answer.body[path: ["spec", "replicas"]] == 5)
    let entries = try #require(answer.body[path: ["metadata", "managedFields"]]?.items)
    let owners = entries.filter { $0[path: ["fieldsV1", "f:spec", "f:replicas"]] != nil }.map { $0["manager"] }
    #expect(owners == ["slipway"])
  }

  @Test("A field that is no longer applied goes, unless somebody else owns it")
  func removal() {
    var state = Sample.state()
    func config(_ data: JSONValue) -> JSONValue { ["apiVersion": "v1", "kind": "ConfigMap", "data": data] }
    let path = "/api/v1/namespaces/default/configmaps/c"
    _ = state.apply(path, config(["mine": "1", "shared": "2"]))
    _ = state.apply(path, config(["shared": "2", "theirs": "3"]), as: "other")
    let answer = state.apply(path, config([:]))
    #expect(answer.body["data"] == ["shared": "2", "theirs": "3"])
  }

  @Test("Containers, ports and environment are merged by their keys, other lists are replaced")
  func lists() {
    var state = Sample.state()
    _ = state.apply(Self.path, Sample.deployment("api"))
    let sidecar: JSONValue = [
      "apiVersion": "apps/v1", "kind": "Deployment",
      "spec": ["template": ["spec": ["containers": [["name": "log", "image": "log:1", "args": ["a"]]]]]],
    ]
    let answer = state.apply(Self.path, sidecar, as: "sidecar")
    let containers = answer.body[path: ["spec", "template", "spec", "containers"]]?.items ?? []
    #expect(containers.map { $0["name"] } == ["app", "log"])
    var without = sidecar
    without["spec"] = [:]
    let rest = state.apply(Self.path, without, as: "sidecar").body[path: ["spec", "template", "spec", "containers"]]?.items ?? []
    #expect(rest.map { $0["name"] } == ["app"])
  }

  @Test("A Service's selector is owned and replaced as a whole")
  func selector() {
    var state = Sample.state()
    let path = Sample.services + "/api"
    _ = state.apply(path, Sample.service("api", selector: ["app": "api", "slot": "blue"]))
    let answer = state.apply(path, Sample.service("api", selector: ["app": "api"]))
    #expect(answer.body[path: ["spec", "selector"]] == ["app": "api"])
  }

  @Test("Apply without a field manager is refused")
  func manager() {
    var state = Sample.state()
    let answer = state.send("PATCH", Self.path, type: "application/apply-patch+yaml", Sample.deployment("api"))
    #expect(answer.code == 422)
    #expect(
      answer.body["message"] == "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch")
  }

  @Test("A dry run answers what would be and stores nothing")
  func dryRun() {
    var state = Sample.state()
    let answer = state.send(
      "PATCH", Self.path, query: ["fieldManager": "slipway", "dryRun": "All"], type: "application/apply-patch+yaml",
      Sample.deployment("api"))
    #expect(answer.code == 201)
    #expect(state.object("Deployment", "default", "api") == nil)
  }

  @Test("An applied resourceVersion that is no longer current is a conflict")
  func version() {
    var state = Sample.state()
    _ = state.apply(Self.path, Sample.deployment("api"))
    var late = Sample.deployment("api", replicas: 4)
    late["metadata"] = ["name": "api", "resourceVersion": "1"]
    #expect(state.apply(Self.path, late).code == 409)
  }
}
