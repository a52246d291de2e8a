import ClusterDouble
import SlipwayModel
import Testing

@Suite("Pods in the double")
struct PodTests {
  static func run(_ image: String, for span: TimeSpan = .seconds(1), replicas: Int = 1) -> ClusterState {
    var state = Sample.state()
    state.send("POST", Sample.deployments, Sample.deployment("api", image: image, replicas: replicas))
    state.pass(span)
    return state
  }

  static func container(_ state: ClusterState) -> JSONValue {
    state.objects("Pod", "default").first?[path: ["status", "containerStatuses"]]?.items?.first ?? .null
  }

  static func reasons(_ state: ClusterState, of kind: String = "Pod") -> Set<String> {
    Set(
      state.objects("Event", "default").filter { $0[path: ["involvedObject", "kind"]]?.text == kind }
        .compactMap { $0["reason"]?.text })
  }

  @Test("A program that crashes at its start is restarted with growing pauses")
  func crashLoop() {
    let state = Self.run("registry/api:v2-crash", for: .seconds(5))
    let container = Self.container(state)
    #expect(container[path: ["state", "waiting", "reason"]] == "CrashLoopBackOff")
    #expect(container[path: ["state", "waiting", "message"]]?.text?.hasPrefix("back-off 10s restarting failed container=app") == true)
    #expect(container[path: ["lastState", "terminated", "exitCode"]] == 1)
    #expect(container["restartCount"] == 1)
    #expect(Self.reasons(state).isSuperset(of: ["Scheduled", "Pulled", "Started", "BackOff"]))
    var later = state
    later.pass(.seconds(60))
    // 10 s, 20 s, 40 s.
    #expect(Self.container(later)["restartCount"] == 3)
    #expect(Self.container(later)[path: ["state", "waiting", "message"]]?.text?.hasPrefix("back-off 40s") == true)
  }

  @Test("An image that is missing is told of, and pulled once it is there")
  func imageMissing() {
    var state = Self.run("registry/api:image-missing")
    #expect(Self.container(state)[path: ["state", "waiting", "reason"]] == "ImagePullBackOff")
    #expect(Self.reasons(state).isSuperset(of: ["Pulling", "Failed", "BackOff"]))
    state.settings.images["registry/api"] = .ready
    state.pass(.seconds(40))
    #expect(Self.container(state)["ready"] == true)
  }

  @Test("A pod that no node has room for stays pending, and says so")
  func unschedulable() {
    let state = Self.run("registry/api:unschedulable")
    let pod = state.objects("Pod", "default").first
    #expect(pod?[path: ["status", "phase"]] == "Pending")
    let condition = pod?[path: ["status", "conditions"]]?.items?.first
    #expect(condition?["reason"] == "Unschedulable")
    #expect(Self.reasons(state) == ["FailedScheduling"])
  }

  @Test("A pod that never becomes ready runs, and its probe is told of")
  func neverReady() {
    let state = Self.run("registry/api:never-ready")
    #expect(Self.container(state)["ready"] == false)
    #expect(Self.container(state)[path: ["state", "running"]] != nil)
    #expect(Self.reasons(state).contains("Unhealthy"))
  }

  @Test("A program killed for its memory says so")
  func outOfMemory() {
    let state = Self.run("registry/api:oom-after-1s", for: .seconds(4))
    #expect(Self.container(state)[path: ["lastState", "terminated", "reason"]] == "OOMKilled")
    #expect(Self.container(state)[path: ["lastState", "terminated", "exitCode"]] == 137)
  }

  @Test("A pod dies when the test says so, and comes back")
  func kill() throws {
    var state = Self.run("registry/api:v1")
    let name = try #require(state.objects("Pod", "default").first?[path: ["metadata", "name"]]?.text)
    state.kill("default", name, at: state.now)
    state.tick(state.now)
    #expect(Self.container(state)["ready"] == false)
    state.pass(.seconds(1))
    #expect(Self.container(state)["ready"] == true)
    #expect(Self.container(state)["restartCount"] == 1)
  }

  @Test("A deleted pod goes on serving while it stops, at most for its grace period")
  func grace() throws {
    var state = Self.run("registry/api:v1")
    state.settings.stoppingTakes = .seconds(90)
    let name = try #require(state.objects("Pod", "default").first?[path: ["metadata", "name"]]?.text)
    let answer = state.send("DELETE", "/api/v1/namespaces/default/pods/\(name)")
    #expect(answer.body["kind"] == "Pod")
    #expect(answer.body[path: ["metadata", "deletionGracePeriodSeconds"]] == 30)
    state.pass(.seconds(29))
    #expect(state.object("Pod", "default", name) != nil)
    state.pass(.seconds(2))
    #expect(state.object("Pod", "default", name) == nil)
    #expect(state.objects("Pod", "default").count == 1, "the ReplicaSet made another")
  }

  @Test("Logs are those of the test, or made up; of a container that waits there are none")
  func logs() throws {
    var state = Self.run("registry/api:v2-crash", for: .seconds(5))
    let name = try #require(state.objects("Pod", "default").first?[path: ["metadata", "name"]]?.text)
    let path = "/api/v1/namespaces/default/pods/\(name)/log"
    #expect(
      state.send("GET", path).body == "starting registry/api:v2-crash\nfatal: the program ended with status 1 (Error)\n")
    state.setLog("one\ntwo\nthree\n", "default", name)
    #expect(state.send("GET", path, query: ["tailLines": "2"]).body == "two\nthree\n")
    #expect(state.send("GET", path, query: ["previous": "true"]).code == 200)
    #expect(state.send("GET", path, query: ["container": "nope"]).code == 400)
    var waiting = Self.run("registry/api:image-missing")
    let other = try #require(waiting.objects("Pod", "default").first?[path: ["metadata", "name"]]?.text)
    let refused = waiting.send("GET", "/api/v1/namespaces/default/pods/\(other)/log")
    #expect(refused.code == 400)
    #expect(
      refused.body["message"]
        == .text("container \"app\" in pod \"\(other)\" is waiting to start: trying and failing to pull image"))
  }

  @Test("An eviction that a disruption budget forbids is put off")
  func eviction() throws {
    var state = Self.run("registry/api:v1", replicas: 2)
    state.send(
      "POST", "/apis/policy/v1/namespaces/default/poddisruptionbudgets",
      ["metadata": ["name": "b"], "spec": ["minAvailable": 2, "selector": ["matchLabels": ["app": "api"]]]])
    let name = try #require(state.objects("Pod", "default").first?[path: ["metadata", "name"]]?.text)
    let path = "/api/v1/namespaces/default/pods/\(name)/eviction"
    #expect(state.send("POST", path, [:]).code == 429)
    state.send("DELETE", "/apis/policy/v1/namespaces/default/poddisruptionbudgets/b")
    #expect(state.send("POST", path, [:]).code == 201)
  }

  @Test("Events are forgotten after a while, so that a long run stays small")
  func eventsAge() {
    var state = Self.run("registry/api:v1")
    #expect(state.count("Event") > 0)
    state.pass(.hours(2))
    #expect(state.count("Event") == 0)
  }
}
