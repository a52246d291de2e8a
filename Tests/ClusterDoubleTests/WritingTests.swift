import ClusterDouble
import SlipwayModel
import Testing

@Suite("Writing to the double")
struct WritingTests {
  static let path = Sample.deployments + "/api"

  @Test("A write over an older version is refused in the words of the real server")
  func conflict() throws {
    var state = Sample.state()
    var old = state.send("POST", Sample.deployments, Sample.deployment("api")).body
    state.send("PATCH", Self.path, type: "application/merge-patch+json", ["metadata": ["labels": ["a": "b"]]])
    old["spec"]?["replicas"] = 9
    let answer = state.send("PUT", Self.path, old)
    #expect(
      answer.body == [
        "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "reason": "Conflict", "code": 409,
        "message": .text(
          "Operation cannot be fulfilled on deployments.apps \"api\": the object has been modified; "
            + "please apply your changes to the latest version and try again"),
        "details": ["name": "api", "group": "apps", "kind": "deployments"],
      ])
  }

  @Test("Each write has a version of its own, and what changes nothing has none")
  func versions() {
    var state = Sample.state()
    let first = state.send("POST", Sample.deployments, Sample.deployment("api")).body
    let second = state.send("PATCH", Self.path, type: "application/merge-patch+json", ["spec": ["replicas": 4]]).body
    let third = state.send("PATCH", Self.path, type: "application/merge-patch+json", ["spec": ["replicas": 4]]).body
    #expect(first[path: ["metadata", "resourceVersion"]] != second[path: ["metadata", "resourceVersion"]])
    #expect(second == third)
    #expect(second[path: ["metadata", "generation"]] == 2)
  }

  @Test("Missing fields, bad numbers and a selector that fits nothing are all named at once")
  func invalid() {
    var state = Sample.state()
    var body = Sample.deployment("api", replicas: -1)
    body["spec"]?["template"] = ["metadata": ["labels": ["app": "other"]], "spec": ["containers": [["name": "app"]]]]
    let answer = state.send("POST", Sample.deployments, body)
    #expect(answer.code == 422)
    let causes = answer.body[path: ["details", "causes"]]?.items ?? []
    #expect(
      causes.map { $0["field"] } == [
        "spec.replicas", "spec.template.metadata.labels", "spec.template.spec.containers[0].image",
      ])
    #expect(causes.map { $0["reason"] } == ["FieldValueInvalid", "FieldValueInvalid", "FieldValueRequired"])
  }

  @Test("A Deployment's selector cannot be changed")
  func selector() {
    var state = Sample.state()
    state.send("POST", Sample.deployments, Sample.deployment("api"))
    let answer = state.send("PUT", Self.path, Sample.deployment("api", labels: ["app": "other"]))
    #expect(answer.code == 422)
    #expect(
      answer.body["message"]
        == "Deployment.apps \"api\" is invalid: spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"other\"}}: field is immutable")
  }

  @Test("A write of the object leaves the status, a write of the status leaves the rest")
  func status() {
    var state = Sample.state()
    state.send("POST", Sample.deployments, Sample.deployment("api"))
    let change: JSONValue = ["spec": ["replicas": 7], "status": ["replicas": 99]]
    let whole = state.send("PATCH", Self.path, type: "application/merge-patch+json", change).body
    #expect(whole[path: ["spec", "replicas"]] == 7)
    #expect(whole[path: ["status", "replicas"]] == nil)
    let status = state.send(
      "PATCH", Self.path + "/status", type: "application/merge-patch+json", ["spec": ["replicas": 1], "status": ["replicas": 99]])
    #expect(status.body[path: ["spec", "replicas"]] == 7)
    #expect(status.body[path: ["status", "replicas"]] == 99)
    #expect(status.body[path: ["metadata", "generation"]] == 2)
  }

  @Test("A JSON patch whose test fails changes nothing")
  func jsonPatch() {
    var state = Sample.state()
    state.send("POST", Sample.deployments, Sample.deployment("api"))
    func patch(_ expected: JSONValue) -> JSONValue {
      [
        ["op": "test", "path": "/spec/replicas", "value": expected], ["op": "replace", "path": "/spec/replicas", "value": 5],
        ["op": "add", "path": "/metadata/annotations", "value": ["a/b": "c"]],
      ]
    }
    #expect(state.send("PATCH", Self.path, type: "application/json-patch+json", patch(4)).code == 422)
    let answer = state.send("PATCH", Self.path, type: "application/json-patch+json", patch(3))
    #expect(answer.body[path: ["spec", "replicas"]] == 5)
    #expect(answer.body[path: ["metadata", "annotations", "a/b"]] == "c")
  }

  @Test("A strategic merge patch merges containers by name and deletes where it is told to")
  func strategic() {
    var state = Sample.state()
    state.send("POST", Sample.deployments, Sample.deployment("api"))
    func patch(_ containers: JSONValue) -> JSONValue { ["spec": ["template": ["spec": ["containers": containers]]]] }
    let type = "application/strategic-merge-patch+json"
    let added = state.send("PATCH", Self.path, type: type, patch([["name": "log", "image": "log:1"]])).body
    #expect(added[path: ["spec", "template", "spec", "containers"]]?.items?.count == 2)
    let removed = state.send("PATCH", Self.path, type: type, patch([["name": "app", "$patch": "delete"]])).body
    #expect(removed[path: ["spec", "template", "spec", "containers"]]?.items?.map { $0["name"] } == ["log"])
  }

  @Test("Custom kinds know no strategic merge patch, and cannot be replaced without a version")
  func custom() {
    var state = Sample.state()
    let routes = "/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes"
    let route: JSONValue = ["apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": ["name": "r"], "spec": [:]]
    state.send("POST", routes, route)
    #expect(state.send("PATCH", routes + "/r", type: "application/strategic-merge-patch+json", [:]).code == 415)
    #expect(state.send("PUT", routes + "/r", route).code == 422)
  }

  @Test("Creating in a namespace that is missing is not found, and what is there already exists")
  func namespaces() {
    var state = Sample.state()
    let answer = state.send("POST", "/apis/apps/v1/namespaces/nowhere/deployments", Sample.deployment("api"))
    #expect(answer.code == 400, "the body names another namespace")
    var body = Sample.deployment("api")
    body["metadata"] = ["name": "api"]
    let missing = state.send("POST", "/apis/apps/v1/namespaces/nowhere/deployments", body)
    #expect(missing.code == 404)
    #expect(missing.body["message"] == "namespaces \"nowhere\" not found")
    state.send("POST", Sample.deployments, body)
    let again = state.send("POST", Sample.deployments, body)
    #expect(again.code == 409)
    #expect(again.body["reason"] == "AlreadyExists")
  }

  @Test("A delete with a precondition that does not hold deletes nothing")
  func preconditions() {
    var state = Sample.state()
    state.send("POST", Sample.deployments, Sample.deployment("api"))
    #expect(state.send("DELETE", Self.path, ["preconditions": ["uid": "other"]]).code == 409)
    #expect(state.object("Deployment", "default", "api") != nil)
  }

  @Test("What a deleted owner leaves behind is collected, unless it was to be orphaned")
  func collection() {
    var state = Sample.state()
    for name in ["a", "b"] { state.send("POST", Sample.deployments, Sample.deployment(name, replicas: 2)) }
    state.pass(.seconds(1))
    state.send("DELETE", Sample.deployments + "/a", ["propagationPolicy": "Background"])
    state.send("DELETE", Sample.deployments + "/b", ["propagationPolicy": "Orphan"])
    state.pass(.seconds(40))
    let left = state.objects("ReplicaSet", "default")
    #expect(left.map { $0[path: ["metadata", "ownerReferences"]] } == [nil])
    #expect(state.objects("Pod", "default").count == 2)
  }

  @Test("Deletion in the foreground shows the owner until its dependents are gone")
  func foreground() {
    var state = Sample.state()
    state.send("POST", Sample.deployments, Sample.deployment("api"))
    state.pass(.seconds(1))
    state.send("DELETE", Self.path, ["propagationPolicy": "Foreground"])
    #expect(state.object("Deployment", "default", "api")?[path: ["metadata", "finalizers"]] == ["foregroundDeletion"])
    state.pass(.seconds(5))
    #expect(["Deployment", "ReplicaSet", "Pod"].map { state.objects($0, "default").count } == [0, 0, 0])
  }

  @Test("A namespace goes with everything in it, and takes nothing new meanwhile")
  func namespaceDeletion() {
    var state = Sample.state { $0.stoppingTakes = .seconds(2) }
    state.addNamespace("shop")
    var body = Sample.deployment("api")
    body["metadata"] = ["name": "api"]
    state.send("POST", "/apis/apps/v1/namespaces/shop/deployments", body)
    state.pass(.seconds(1))
    state.send("DELETE", "/api/v1/namespaces/shop")
    state.pass(.seconds(1))
    #expect(state.object("Namespace", "", "shop")?[path: ["status", "phase"]] == "Terminating")
    let refused = state.send("POST", "/apis/apps/v1/namespaces/shop/deployments", body)
    #expect(refused.code == 403)
    state.pass(.seconds(5))
    #expect(state.object("Namespace", "", "shop") == nil)
    #expect(state.objects("Pod", "shop") == [])
  }

  @Test("Deleting a collection by label leaves the rest")
  func deleteCollection() {
    var state = Sample.state()
    let maps = "/api/v1/namespaces/default/configmaps"
    for (name, label) in [("a", "x"), ("b", "y"), ("c", "x")] {
      state.send("POST", maps, ["metadata": ["name": .text(name), "labels": ["l": .text(label)]]])
    }
    state.send("DELETE", maps, query: ["labelSelector": "l=x"])
    #expect(state.objects("ConfigMap", "default").map { $0[path: ["metadata", "name"]] } == ["b"])
  }
}
