import ClusterDouble
import SlipwayModel
import Testing

@Suite("Deployments in the double")
struct DeploymentTests {
  @Test("A Deployment gets a ReplicaSet, pods and endpoints")
  func wholeChain() throws {
    var state = Sample.state()
    #expect(state.send("POST", Sample.services, Sample.service("api", selector: ["app": "api"])).code == 201)
    #expect(state.send("POST", Sample.deployments, Sample.deployment("api")).code == 201)
    state.pass(.seconds(1))
    let status = try #require(state.object("Deployment", "default", "api")?["status"])
    #expect(status["readyReplicas"] == 3)
    #expect(status["availableReplicas"] == 3)
    #expect(status["observedGeneration"] == 1)
    #expect(state.objects("ReplicaSet", "default").count == 1)
    #expect(state.objects("Pod", "default").count == 3)
    let slices = state.objects("EndpointSlice", "default", labels: ["kubernetes.io/service-name": "api"])
    let ready = slices.flatMap { $0["endpoints"]?.items ?? [] }.map { $0[path: ["conditions", "ready"]] }
    #expect(ready == [true, true, true])
    let progress = status["conditions"]?.items?.first { $0["type"] == "Progressing" }
    #expect(progress?["reason"] == "NewReplicaSetAvailable")
  }

  @Test("A rolling update keeps enough pods available at every moment and ends with new pods only")
  func rolling() throws {
    var state = Sample.state()
    state.send("POST", Sample.deployments, Sample.deployment("api", replicas: 8))
    state.pass(.seconds(1))
    state.send(
      "PATCH", Sample.deployments + "/api", type: "application/strategic-merge-patch+json",
      ["spec": ["template": ["spec": ["containers": [["name": "app", "image": "registry/api:v2"]]]]]])
    var fewest = 8
    var most = 8
    for _ in 0..<400 {
      state.tick(state.now + .milliseconds(2))
      let pods = state.objects("Pod", "default").filter { $0[path: ["metadata", "deletionTimestamp"]] == nil }
      let ready = pods.filter { pod in
        pod[path: ["status", "conditions"]]?.items?.contains { $0["type"] == "Ready" && $0["status"] == "True" } ?? false
      }
      fewest = min(fewest, ready.count)
      most = max(most, pods.count)
    }
    #expect(fewest == 6)
    #expect(most == 10)
    let images = state.objects("Pod", "default").map { $0[path: ["spec", "containers"]]?.items?.first?["image"] }
    #expect(images == Array(repeating: "registry/api:v2", count: 8))
    let revision = state.object("Deployment", "default", "api")?[path: ["metadata", "annotations"]]?["deployment.kubernetes.io/revision"]
    #expect(revision == "2")
  }
}
