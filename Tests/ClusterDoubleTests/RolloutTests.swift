import ClusterDouble
import SlipwayModel
import Testing

@Suite("Rollouts of Deployments in the double")
struct RolloutTests {
  static let path = Sample.deployments + "/api"
  static let merge = "application/merge-patch+json"

  static func condition(_ state: ClusterState, _ type: String) -> JSONValue? {
    state.object("Deployment", "default", "api")?[path: ["status", "conditions"]]?.items?.first { $0["type"]?.text == type }
  }

  static func image(_ image: String) -> JSONValue {
    ["spec": ["template": ["spec": ["containers": [["name": "app", "image": .text(image)]]]]]]
  }

  static func running(_ spec: JSONValue = [:], replicas: Int = 4) -> ClusterState {
    var state = Sample.state()
    state.send("POST", Sample.deployments, Sample.deployment("api", replicas: replicas, spec: spec))
    state.pass(.seconds(1))
    return state
  }

  static func update(_ state: inout ClusterState, _ image: String) {
    state.send("PATCH", path, type: "application/strategic-merge-patch+json", Self.image(image))
  }

  static func sizes(_ state: ClusterState) -> [Int] {
    state.objects("ReplicaSet", "default").compactMap { $0[path: ["spec", "replicas"]]?.integer }.sorted()
  }

  @Test("A rollout that gets nowhere exceeds its deadline and keeps what was available")
  func deadline() {
    var state = Self.running(["progressDeadlineSeconds": 20])
    Self.update(&state, "registry/api:never-ready")
    state.pass(.seconds(19))
    #expect(Self.condition(state, "Progressing")?["reason"] == "ReplicaSetUpdated")
    state.pass(.seconds(5))
    #expect(Self.condition(state, "Progressing")?["reason"] == "ProgressDeadlineExceeded")
    #expect(Self.condition(state, "Progressing")?["status"] == "False")
    #expect(Self.condition(state, "Available")?["status"] == "True")
    #expect(state.object("Deployment", "default", "api")?[path: ["status", "availableReplicas"]] == 3)
  }

  @Test("Going back to an earlier template takes up its ReplicaSet under a new revision")
  func undo() {
    var state = Self.running()
    Self.update(&state, "registry/api:v2")
    state.pass(.seconds(2))
    Self.update(&state, "registry/api:v1")
    state.pass(.seconds(2))
    #expect(Self.sizes(state) == [0, 4])
    let annotations = state.object("Deployment", "default", "api")?[path: ["metadata", "annotations"]]
    #expect(annotations == ["deployment.kubernetes.io/revision": "3"])
  }

  @Test("A paused Deployment does not roll, and rolls when it is resumed")
  func paused() {
    var state = Self.running(["paused": true])
    #expect(state.count("ReplicaSet") == 0)
    #expect(Self.condition(state, "Progressing")?["reason"] == "DeploymentPaused")
    state.send("PATCH", Self.path, type: Self.merge, ["spec": ["paused": false]])
    state.pass(.seconds(1))
    #expect(state.object("Deployment", "default", "api")?[path: ["status", "availableReplicas"]] == 4)
  }

  @Test("With Recreate no old pod lives when the first new one comes")
  func recreate() {
    var state = Self.running(["strategy": ["type": "Recreate"]])
    Self.update(&state, "registry/api:v2")
    var mixed = false
    for _ in 0..<200 {
      state.tick(state.now + .milliseconds(2))
      let images = Set(
        state.objects("Pod", "default").compactMap { $0[path: ["spec", "containers"]]?.items?.first?["image"]?.text })
      if images.count > 1 { mixed = true }
    }
    #expect(!mixed)
    #expect(Self.sizes(state) == [0, 4])
    #expect(state.object("Deployment", "default", "api")?[path: ["status", "availableReplicas"]] == 4)
  }

  @Test("A pod counts as available only after minReadySeconds")
  func minReady() {
    var state = Self.running(["minReadySeconds": 5])
    let status = { (state: ClusterState) in state.object("Deployment", "default", "api")?["status"] }
    #expect(status(state)?["readyReplicas"] == 4)
    #expect(status(state)?["availableReplicas"] == nil)
    state.pass(.seconds(5))
    #expect(status(state)?["availableReplicas"] == 4)
  }

  @Test("Scaling in the middle of a rollout is shared out between the ReplicaSets")
  func proportional() {
    var state = Self.running(replicas: 8)
    Self.update(&state, "registry/api:never-ready")
    state.pass(.seconds(1))
    #expect(Self.sizes(state) == [4, 6])
    state.send("PATCH", Self.path, type: Self.merge, ["spec": ["replicas": 16]])
    state.pass(.seconds(1))
    #expect(Self.sizes(state).reduce(0, +) == 20)
    #expect(Self.sizes(state).allSatisfy { $0 > 6 })
  }

  @Test("Old ReplicaSets beyond the limit of revisions go")
  func revisions() {
    var state = Self.running(["revisionHistoryLimit": 2])
    for version in 2...6 {
      Self.update(&state, "registry/api:v\(version)")
      state.pass(.seconds(2))
    }
    #expect(Self.sizes(state) == [0, 0, 4])
  }

  @Test("A quota refuses pods; ReplicaSet and Deployment say so, and go on when there is room")
  func quota() {
    var state = Sample.state()
    state.send(
      "POST", "/api/v1/namespaces/default/resourcequotas", ["metadata": ["name": "q"], "spec": ["hard": ["pods": "2"]]])
    state.send("POST", Sample.deployments, Sample.deployment("api", replicas: 3))
    state.pass(.seconds(3))
    #expect(state.count("Pod") == 2)
    #expect(Self.condition(state, "ReplicaFailure")?["reason"] == "FailedCreate")
    #expect(
      Self.condition(state, "ReplicaFailure")?["message"]?.text?.contains("exceeded quota: q, requested: pods=1, used: pods=2") == true)
    #expect(PodTests.reasons(state, of: "ReplicaSet").contains("FailedCreate"))
    #expect(state.object("ResourceQuota", "default", "q")?[path: ["status", "used", "pods"]] == "2")
    state.send("PATCH", "/api/v1/namespaces/default/resourcequotas/q", type: Self.merge, ["spec": ["hard": ["pods": "5"]]])
    state.pass(.seconds(3))
    #expect(state.count("Pod") == 3)
    #expect(Self.condition(state, "ReplicaFailure") == nil)
  }

  @Test("An autoscaler keeps a Deployment at its minimum, but leaves one that is at zero")
  func autoscaler() {
    var state = Self.running(replicas: 2)
    state.send(
      "POST", "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers",
      [
        "metadata": ["name": "api"],
        "spec": ["scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "api"], "minReplicas": 3, "maxReplicas": 6],
      ])
    state.pass(.seconds(16))
    let replicas = { (state: ClusterState) in state.object("Deployment", "default", "api")?[path: ["spec", "replicas"]] }
    #expect(replicas(state) == 3)
    state.send("PATCH", Self.path, type: Self.merge, ["spec": ["replicas": 0]])
    state.pass(.seconds(40))
    #expect(replicas(state) == 0)
  }

  @Test("A stopped controller observes nothing until it runs again")
  func stoppedController() {
    var state = Self.running()
    state.stopped = [.deployments]
    state.send("PATCH", Self.path, type: Self.merge, ["spec": ["replicas": 6]])
    state.pass(.seconds(5))
    let deployment = state.object("Deployment", "default", "api")
    #expect(deployment?[path: ["metadata", "generation"]] == 2)
    #expect(deployment?[path: ["status", "observedGeneration"]] == 1)
    state.stopped = []
    state.pass(.seconds(5))
    #expect(state.object("Deployment", "default", "api")?[path: ["status", "readyReplicas"]] == 6)
  }

  @Test("A webhook that refuses pods shows in the Deployment's conditions")
  func webhook() {
    var state = Sample.state()
    state.faults.add(
      FaultRule(
        "no pods", .deny(webhook: "policy.example", message: "no", code: 403), on: CallPattern(verbs: ["create"], resources: ["pods"])))
    state.send("POST", Sample.deployments, Sample.deployment("api"))
    state.pass(.seconds(2))
    #expect(
      Self.condition(state, "ReplicaFailure")?["message"] == "admission webhook \"policy.example\" denied the request: no")
  }
}
