import ClusterDouble
import SlipwayModel
import Testing

@Suite("The double with much in it")
struct SizeTests {
  /// The bounds are wide, since tests run beside each other on slow machines.
  @Test("Two hundred Deployments become six hundred pods with endpoints in bounded time, and a watch by label is told of its own")
  func manyDeployments() throws {
    var state = Sample.state()
    let clock = ContinuousClock()
    let start = clock.now
    for index in 0..<100 {
      for slot in ["blue", "green"] {
        let labels = ["app": "s\(index)", "slot": slot]
        state.send("POST", Sample.deployments, Sample.deployment("s\(index)-\(slot)", replicas: 3, labels: labels))
        state.send("POST", Sample.services, Sample.service("s\(index)-\(slot)", selector: labels))
      }
    }
    state.pass(.milliseconds(200))
    #expect(state.count("Pod") == 600)
    let built = clock.now - start
    #expect(built < .seconds(180))

    let pods = APIRequest("GET", "/api/v1/namespaces/default/pods", query: ["watch": "true", "labelSelector": "app=s7,slot=blue"])
    guard case .watch(var cursor) = state.respond(to: pods, at: state.now) else {
      Issue.record("no watch")
      return
    }
    guard case .events(let first) = state.poll(&cursor) else {
      Issue.record("the watch ended")
      return
    }
    #expect(first.count == 3)
    let again = clock.now
    state.send(
      "PATCH", Sample.deployments + "/s7-blue", type: "application/strategic-merge-patch+json",
      ["spec": ["template": ["spec": ["containers": [["name": "app", "image": "registry/api:v2"]]]]]])
    state.pass(.milliseconds(500))
    guard case .events(let events) = state.poll(&cursor) else {
      Issue.record("the watch ended")
      return
    }
    #expect(events.contains { $0["type"] == "DELETED" })
    #expect(clock.now - again < .seconds(5))
  }
}
