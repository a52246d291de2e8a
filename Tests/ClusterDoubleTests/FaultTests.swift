import ClusterDouble
import SlipwayModel
import Testing

@Suite("Faults of the double")
struct FaultTests {
  static let maps = "/api/v1/namespaces/default/configmaps"

  @Test("About the asked share of the calls meets a fault, the same ones with the same seed")
  func share() {
    func codes() -> [Int] {
      var state = Sample.state()
      state.faults.add(FaultRule("half", .answer(500), on: CallPattern(verbs: ["list"]), share: 0.5))
      return (0..<200).map { _ in state.send("GET", Self.maps).code }
    }
    #expect((70...130).contains(codes().count { $0 == 500 }))
    #expect(codes() == codes())
  }

  @Test("Too many requests say when to come back")
  func tooMany() {
    var state = Sample.state()
    state.faults.add(FaultRule("slow down", .answer(429, retryAfterSeconds: 3)))
    let answer = state.send("GET", Self.maps)
    #expect(answer.code == 429)
    #expect(answer.body[path: ["details", "retryAfterSeconds"]] == 3)
  }

  @Test("A conflict is met once by the next write to one object, and by no read")
  func conflict() {
    var state = Sample.state()
    state.send("POST", Self.maps, ["metadata": ["name": "c"]])
    state.faults.add(FaultRule("raced", .conflict, on: CallPattern(verbs: ["patch"], resources: ["configmaps"], name: "c"), times: 1))
    #expect(state.send("GET", Self.maps + "/c").code == 200)
    let patch = { (state: inout ClusterState) in
      state.send("PATCH", Self.maps + "/c", type: "application/merge-patch+json", ["data": ["a": "1"]]).code
    }
    #expect([patch(&state), patch(&state)] == [409, 200])
    #expect(state.faults.strikes == ["raced": 1])
  }

  @Test("A permission that is missing is refused, and access reviews say so beforehand")
  func forbidden() {
    var state = Sample.state()
    state.faults.add(FaultRule("no secrets", .forbid, on: CallPattern(verbs: ["get"], resources: ["secrets"])))
    let answer = state.send("GET", "/api/v1/namespaces/default/secrets/s")
    #expect(answer.code == 403)
    #expect(
      answer.body["message"]
        == .text(
          "secrets \"s\" is forbidden: User \"system:serviceaccount:default:slipway\" cannot get resource \"secrets\" "
            + "in API group \"\" in the namespace \"default\""))
    func allowed(_ verb: String) -> JSONValue? {
      state.send(
        "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        [
          "kind": "SelfSubjectAccessReview",
          "spec": ["resourceAttributes": ["verb": .text(verb), "resource": "secrets", "namespace": "default"]],
        ]
      ).body[path: ["status", "allowed"]]
    }
    #expect([allowed("get"), allowed("list")] == [false, true])
  }

  @Test("A webhook's refusal and a webhook out of reach are different answers")
  func webhooks() {
    var state = Sample.state()
    state.faults.add(FaultRule("w", .deny(webhook: "policy.example", message: "no latest", code: 400)))
    let denied = state.send("POST", Self.maps, ["metadata": ["name": "c"]])
    #expect(denied.code == 400)
    #expect(denied.body["message"] == "admission webhook \"policy.example\" denied the request: no latest")
    state.faults.add(FaultRule("w", .webhookUnreachable("policy.example")))
    let failed = state.send("POST", Self.maps, ["metadata": ["name": "c"]])
    #expect(failed.code == 500)
    #expect(failed.body["reason"] == "InternalError")
    state.faults.removeAll()
    #expect(state.send("POST", Self.maps, ["metadata": ["name": "c"]]).code == 201)
  }

  @Test("Lists from the cache are behind by as much as was set, other lists are not")
  func stale() {
    var state = Sample.state()
    state.send("POST", Self.maps, ["metadata": ["name": "a"]])
    state.pass(.seconds(10))
    state.send("POST", Self.maps, ["metadata": ["name": "b"]])
    state.faults.add(FaultRule("behind", .stale(.seconds(5))))
    #expect(ReadingTests.names(state.send("GET", Self.maps, query: ["resourceVersion": "0"]).body) == ["a"])
    #expect(ReadingTests.names(state.send("GET", Self.maps).body) == ["a", "b"])
  }

  @Test("A stalled watch is told nothing, and everything once it flows again")
  func stalled() throws {
    var state = Sample.state()
    var cursor = try #require(ReadingTests.watch(&state, [:]))
    state.faults.add(FaultRule("stall", .stallWatch))
    state.send("POST", Self.maps, ["metadata": ["name": "a"]])
    #expect(ReadingTests.told(&state, &cursor) == [])
    state.faults.remove("stall")
    #expect(ReadingTests.told(&state, &cursor) == ["ADDED a"])
  }

  @Test("Calls are counted by verb and path, with placeholders for names")
  func counters() {
    var state = Sample.state()
    state.send("GET", Self.maps + "/a")
    state.send("GET", Self.maps + "/b")
    _ = state.apply(Self.maps + "/c", ["apiVersion": "v1", "kind": "ConfigMap"])
    let path = "/api/v1/namespaces/{namespace}/configmaps/{name}"
    #expect(state.calls == [APICall(verb: "get", path: path): 2, APICall(verb: "apply", path: path): 1])
  }
}
