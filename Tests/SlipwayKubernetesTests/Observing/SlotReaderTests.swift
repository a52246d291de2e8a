import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("What runs in a slot of a cluster")
struct SlotReaderTests {
  private let now = Timestamp("2026-11-21T10:00:30Z")!
  private let release = Release(
    version: Version("v2")!, artifact: Digest(hashing: Array("a".utf8)), configuration: Digest(hashing: Array("c".utf8)))

  private func deployment(_ replicas: Int, generation: Int = 1, conditions: [JSONValue] = []) -> ObjectDocument {
    ObjectDocument([
      "metadata": ["name": "api-green", "uid": "d1", "generation": .integer(generation)], "spec": ["replicas": .integer(replicas)],
      "status": ["observedGeneration": 1, "conditions": .list(conditions)],
    ])
  }

  private func set(_ name: String, revision: Int, conditions: [JSONValue] = []) -> ObjectDocument {
    ObjectDocument([
      "metadata": [
        "name": .text(name), "uid": .text(name), "annotations": ["deployment.kubernetes.io/revision": "\(revision)"],
        "ownerReferences": [["uid": "d1"]],
      ], "status": ["conditions": .list(conditions)],
    ])
  }

  private func pod(_ name: String, of set: String, ready: Bool, status: [String: JSONValue] = [:]) -> ObjectDocument {
    var status = status
    status["conditions"] =
      status["conditions"] ?? [["type": "Ready", "status": ready ? "True" : "False", "lastTransitionTime": "2026-11-21T10:00:10Z"]]
    return ObjectDocument([
      "metadata": [
        "name": .text(name), "uid": .text(name), "creationTimestamp": "2026-11-21T10:00:00Z", "ownerReferences": [["uid": .text(set)]],
      ],
      "spec": ["containers": [["readinessProbe": ["failureThreshold": 3, "periodSeconds": 1]]]], "status": .object(status),
    ])
  }

  private func slice(_ ready: [String]) -> ObjectDocument {
    ObjectDocument(["endpoints": .list(ready.map { ["conditions": ["ready": true], "targetRef": ["name": .text($0)]] })])
  }

  private func read(_ objects: SlotObjects, _ memory: inout SlotMemory, at now: Timestamp? = nil) -> SlotObservation {
    SlotReader.observation(
      of: objects, release: release, memory: &memory, lastLines: { _ in ["last words"] }, failedProbe: nil, at: now ?? self.now)
  }

  @Test("Only pods of the newest template that the Service sends requests to count as ready")
  func ready() {
    var memory = SlotMemory()
    let objects = SlotObjects(
      deployment: deployment(2), replicaSets: [set("old", revision: 1), set("new", revision: 2)],
      pods: [pod("a", of: "new", ready: true), pod("b", of: "new", ready: true), pod("c", of: "old", ready: true)],
      slices: [slice(["a", "c"])])
    let seen = read(objects, &memory)
    #expect(seen == SlotObservation(release: release, desiredReplicas: 2, readyReplicas: 1))
  }

  @Test("Readiness is dated by our clock, from the first look that saw all replicas ready, and anew after an interruption")
  func readySince() {
    var memory = SlotMemory()
    func objects(_ ready: Bool) -> SlotObjects {
      SlotObjects(
        deployment: deployment(1), replicaSets: [set("new", revision: 1)], pods: [pod("a", of: "new", ready: ready)],
        slices: [slice(ready ? ["a"] : [])])
    }
    #expect(read(objects(true), &memory).readySince == now)
    #expect(read(objects(true), &memory, at: now + .seconds(5)).readySince == now)
    let lost = read(objects(false), &memory, at: now + .seconds(6))
    #expect(lost.readySince == nil)
    // The threshold, whatever the cluster's clock says, and one more for each second in which we have seen it so.
    #expect(lost.consecutiveFailures == 3)
    #expect(read(objects(false), &memory, at: now + .seconds(8)).consecutiveFailures == 3 + 2)
    #expect(read(objects(true), &memory, at: now + .seconds(9)).readySince == now + .seconds(9))
  }

  @Test("A pod that was never ready has failed no health check")
  func neverReady() {
    var memory = SlotMemory()
    let objects = SlotObjects(
      deployment: deployment(1), replicaSets: [set("new", revision: 1)], pods: [pod("a", of: "new", ready: false)], slices: [])
    #expect(read(objects, &memory).consecutiveFailures == 0)
  }

  @Test("What the controller has not seen yet vouches for nothing")
  func unobserved() {
    var memory = SlotMemory()
    let objects = SlotObjects(
      deployment: deployment(1, generation: 2), replicaSets: [set("new", revision: 1)], pods: [pod("a", of: "new", ready: true)],
      slices: [slice(["a"])])
    #expect(read(objects, &memory).readyReplicas == 0)
  }

  @Test("An end by the kernel is told with its exit status, its reason and the last lines")
  func exits() {
    var memory = SlotMemory()
    let status: [String: JSONValue] = [
      "containerStatuses": [
        [
          "restartCount": 2, "state": ["waiting": ["reason": "CrashLoopBackOff", "message": "back-off 20s"]],
          "lastState": ["terminated": ["exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-11-21T10:00:20Z"]],
        ]
      ]
    ]
    let objects = SlotObjects(
      deployment: deployment(1), replicaSets: [set("new", revision: 1)], pods: [pod("a", of: "new", ready: false, status: status)],
      slices: [])
    let seen = read(objects, &memory)
    #expect(seen.restarts == 2)
    #expect(
      seen.lastExit
        == ExitReport(
          at: Timestamp("2026-11-21T10:00:20Z")!, status: "exit status 137 (OOMKilled)", wasBound: true, lastLines: ["last words"]))
    #expect(seen.trouble == nil, "a crash loop is judged by its exits")
  }

  @Test(
    "What keeps pods from starting is named, and whether waiting may help",
    arguments: [
      ("ImagePullBackOff", "Back-off pulling image \"x\": ErrImagePull: x: not found", false),
      ("ImagePullBackOff", "Back-off pulling image \"x\"", true), ("ErrImagePull", "dial tcp: i/o timeout", true),
      ("InvalidImageName", "couldn't parse", false), ("CreateContainerConfigError", "secret \"s\" not found", false),
    ])
  func waiting(reason: String, message: String, mayPass: Bool) {
    var memory = SlotMemory()
    let status: [String: JSONValue] = [
      "containerStatuses": [["restartCount": 0, "state": ["waiting": ["reason": .text(reason), "message": .text(message)]]]]
    ]
    let objects = SlotObjects(
      deployment: deployment(1), replicaSets: [set("new", revision: 1)], pods: [pod("a", of: "new", ready: false, status: status)],
      slices: [])
    let created = Timestamp("2026-11-21T10:00:00Z")!
    #expect(
      read(objects, &memory).trouble == Trouble(kind: reason, message: "a: \(reason): \(message)", since: created, mayPass: mayPass))
  }

  @Test("A pod without a node may get one; pods that nobody may make never come")
  func refused() {
    var memory = SlotMemory()
    let unscheduled: [String: JSONValue] = [
      "conditions": [["type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available"]]
    ]
    let failure: JSONValue = [
      "type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "lastTransitionTime": "2026-11-21T10:00:05Z",
      "message": "pods \"a\" is forbidden: exceeded quota",
    ]
    let waits = SlotObjects(
      deployment: deployment(2), replicaSets: [set("new", revision: 1)],
      pods: [pod("a", of: "new", ready: false, status: unscheduled)], slices: [])
    #expect(read(waits, &memory).trouble?.mayPass == true)
    let refused = SlotObjects(
      deployment: deployment(2), replicaSets: [set("new", revision: 1, conditions: [failure])], pods: waits.pods, slices: [])
    #expect(
      read(refused, &memory).trouble
        == Trouble(
          kind: "FailedCreate", message: "pods \"a\" is forbidden: exceeded quota", since: Timestamp("2026-11-21T10:00:05Z")!,
          mayPass: false))
  }

  @Test("A slot without replicas and pods is empty, and a pod on its way out is not ready")
  func empty() {
    var memory = SlotMemory()
    #expect(read(SlotObjects(deployment: deployment(0), replicaSets: [], pods: [], slices: []), &memory) == SlotObservation())
    #expect(read(SlotObjects(deployment: nil, replicaSets: [], pods: [], slices: []), &memory) == SlotObservation())
  }
}
