import ClusterDouble
import SlipwayModel
import Testing

@Suite("Reading and watching the double")
struct ReadingTests {
  static let maps = "/api/v1/namespaces/default/configmaps"

  static func filled(_ count: Int, window: Int = 100) -> ClusterState {
    var state = Sample.state { $0.historyWindow = window }
    for index in 0..<count {
      state.send("POST", maps, ["metadata": ["name": "c\(index)", "labels": ["even": .text(index % 2 == 0 ? "yes" : "no")]]])
    }
    return state
  }

  static func names(_ list: JSONValue) -> [String] {
    (list["items"]?.items ?? []).compactMap { $0[path: ["metadata", "name"]]?.text }
  }

  @Test(
    "Label selectors select",
    arguments: [
      ("even=yes", 2), ("even!=yes", 2), ("even in (yes,no)", 4), ("even notin (yes)", 2), ("even", 4), ("!even", 0),
      ("even=yes,even=no", 0),
    ])
  func selectors(selector: String, count: Int) {
    var state = Self.filled(4)
    #expect(Self.names(state.send("GET", Self.maps, query: ["labelSelector": selector]).body).count == count)
  }

  @Test("Items of built-in kinds do not say their kind, those of custom kinds do")
  func items() {
    var state = Self.filled(1)
    #expect(state.send("GET", Self.maps).body["items"]?.items?.first?["kind"] == nil)
    let routes = "/apis/networking.istio.io/v1/namespaces/default/virtualservices"
    state.send("POST", routes, ["metadata": ["name": "v"]])
    #expect(state.send("GET", routes).body["items"]?.items?.first?["kind"] == "VirtualService")
  }

  @Test("A field that cannot be selected by is refused")
  func fields() {
    var state = Self.filled(2)
    #expect(Self.names(state.send("GET", Self.maps, query: ["fieldSelector": "metadata.name=c1"]).body) == ["c1"])
    let answer = state.send("GET", Self.maps, query: ["fieldSelector": "data.x=1"])
    #expect(answer.code == 400)
    #expect(answer.body["message"] == "field label not supported: data.x")
  }

  @Test("Pages show the list as it was when the first page was read")
  func pages() {
    var state = Self.filled(5)
    let first = state.send("GET", Self.maps, query: ["limit": "2"]).body
    state.send("DELETE", Self.maps + "/c3")
    state.send("POST", Self.maps, ["metadata": ["name": "c9"]])
    var names = Self.names(first)
    #expect(first[path: ["metadata", "remainingItemCount"]] == 3)
    var token = first[path: ["metadata", "continue"]]?.text
    while let next = token {
      let page = state.send("GET", Self.maps, query: ["limit": "2", "continue": next]).body
      names += Self.names(page)
      token = page[path: ["metadata", "continue"]]?.text
    }
    #expect(names == ["c0", "c1", "c2", "c3", "c4"])
  }

  @Test("A page whose list is forgotten is gone")
  func expiredPage() {
    var state = Self.filled(5)
    let token = state.send("GET", Self.maps, query: ["limit": "2"]).body[path: ["metadata", "continue"]]?.text ?? ""
    state.send("DELETE", Self.maps + "/c4")
    state.compact()
    let answer = state.send("GET", Self.maps, query: ["limit": "2", "continue": token])
    #expect(answer.code == 410)
    #expect(answer.body["reason"] == "Expired")
  }

  static func watch(_ state: inout ClusterState, _ query: [String: String]) -> WatchCursor? {
    let request = APIRequest("GET", maps, query: query.merging(["watch": "true"]) { $1 })
    guard case .watch(let cursor) = state.respond(to: request, at: state.now) else { return nil }
    return cursor
  }

  static func told(_ state: inout ClusterState, _ cursor: inout WatchCursor) -> [String] {
    guard case .events(let events) = state.poll(&cursor) else { return ["ended"] }
    return events.map { "\($0["type"]?.text ?? "") \($0[path: ["object", "metadata", "name"]]?.text ?? "")" }
  }

  @Test("A watch with a selector is told of objects that come to fit and that no longer fit")
  func selectorWatch() throws {
    var state = Self.filled(2)
    let version = state.send("GET", Self.maps).body[path: ["metadata", "resourceVersion"]]?.text ?? ""
    var cursor = try #require(Self.watch(&state, ["labelSelector": "even=yes", "resourceVersion": version]))
    state.send("PATCH", Self.maps + "/c0", type: "application/merge-patch+json", ["data": ["a": "1"]])
    state.send("PATCH", Self.maps + "/c1", type: "application/merge-patch+json", ["metadata": ["labels": ["even": "yes"]]])
    state.send("PATCH", Self.maps + "/c0", type: "application/merge-patch+json", ["metadata": ["labels": ["even": "no"]]])
    state.send("DELETE", Self.maps + "/c1")
    #expect(Self.told(&state, &cursor) == ["MODIFIED c0", "ADDED c1", "DELETED c0", "DELETED c1"])
    #expect(Self.told(&state, &cursor) == [])
  }

  @Test("A watch without a version begins with what is there")
  func freshWatch() throws {
    var state = Self.filled(2)
    var cursor = try #require(Self.watch(&state, [:]))
    state.send("DELETE", Self.maps + "/c0")
    #expect(Self.told(&state, &cursor) == ["ADDED c0", "ADDED c1", "DELETED c0"])
  }

  @Test("A watch from a forgotten version is told so by an event, or by the status where that is set")
  func expiredWatch() throws {
    var state = Self.filled(12, window: 5)
    var cursor = try #require(Self.watch(&state, ["resourceVersion": "1003"]))
    guard case .ended(let event) = state.poll(&cursor) else {
      Issue.record("the watch goes on")
      return
    }
    #expect(event["type"] == "ERROR")
    #expect(event[path: ["object", "code"]] == 410)
    #expect(event[path: ["object", "message"]]?.text?.hasPrefix("too old resource version: 1003 (") == true)
    state.faults.tooOldAsStatus = true
    #expect(state.send("GET", Self.maps, query: ["watch": "true", "resourceVersion": "1003"]).code == 410)
  }

  @Test("A bookmark says how far the watch is, although nothing it asked for happened")
  func bookmark() throws {
    var state = Self.filled(1)
    var cursor = try #require(Self.watch(&state, ["labelSelector": "even=never", "allowWatchBookmarks": "true"]))
    state.send("POST", Self.maps, ["metadata": ["name": "x"]])
    #expect(Self.told(&state, &cursor) == [])
    let object = state.bookmark(cursor)["object"]
    #expect(object?[path: ["metadata", "resourceVersion"]] == .text(String(state.version)))
    #expect(object?["kind"] == "ConfigMap")
  }

  @Test("Streaming lists mark the end of the first objects")
  func streamingList() throws {
    var state = Self.filled(1)
    var cursor = try #require(Self.watch(&state, ["sendInitialEvents": "true", "allowWatchBookmarks": "true"]))
    guard case .events(let events) = state.poll(&cursor) else {
      Issue.record("the watch ended")
      return
    }
    #expect(events.map { $0["type"] } == ["ADDED", "BOOKMARK"])
    #expect(events.last?[path: ["object", "metadata", "annotations", "k8s.io/initial-events-end"]] == "true")
  }

  @Test("Discovery lists groups, and the kinds of a group with their verbs")
  func discovery() {
    var state = Sample.state()
    let groups = state.send("GET", "/apis").body["groups"]?.items?.compactMap { $0["name"]?.text } ?? []
    #expect(groups.contains("gateway.networking.k8s.io"))
    let resources = state.send("GET", "/apis/apps/v1").body["resources"]?.items ?? []
    #expect(resources.contains { $0["name"] == "deployments/scale" && $0["kind"] == "Scale" })
    #expect(state.send("GET", "/apis/nothing.example/v1").code == 404)
  }

  @Test("A CustomResourceDefinition brings its kind")
  func definition() {
    var state = Sample.state()
    let path = "/apis/slipway.dev/v1alpha1/namespaces/default/releases"
    #expect(state.send("GET", path).code == 404)
    state.send(
      "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      [
        "metadata": ["name": "releases.slipway.dev"],
        "spec": [
          "group": "slipway.dev", "scope": "Namespaced", "names": ["kind": "Release", "plural": "releases"],
          "versions": [["name": "v1alpha1", "served": true, "subresources": ["status": [:]]]],
        ],
      ])
    #expect(state.send("POST", path, ["metadata": ["name": "r"], "spec": ["a": 1]]).code == 201)
    #expect(state.send("GET", path).body["kind"] == "ReleaseList")
  }

  @Test("Objects of a defined kind lose what the schema does not name, get its defaults, and are refused when they do not fit it")
  func schema() {
    var state = Sample.state()
    let path = "/apis/example.com/v1/namespaces/default/boats"
    let spec: JSONValue = [
      "type": "object", "required": ["name"], "x-kubernetes-validations": [["rule": "self.name == oldSelf.name", "message": "it stays"]],
      "properties": [
        "name": ["type": "string", "pattern": "^[a-z]+$", "maxLength": 8], "sails": ["type": "integer", "maximum": 5],
        "flag": ["type": "string", "default": "white"],
      ],
    ]
    state.send(
      "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      [
        "metadata": ["name": "boats.example.com"],
        "spec": [
          "group": "example.com", "scope": "Namespaced", "names": ["kind": "Boat", "plural": "boats"],
          "versions": [
            [
              "name": "v1", "served": true, "schema": ["openAPIV3Schema": ["type": "object", "properties": ["spec": spec]]],
            ]
          ],
        ],
      ])
    func send(_ name: String, _ spec: JSONValue) -> (code: Int, body: JSONValue) {
      state.send("POST", path, ["metadata": ["name": .text(name)], "spec": spec])
    }
    let good = send("a", ["name": "ada", "anchor": 1, "sails": 2])
    #expect(good.code == 201)
    #expect(good.body["spec"] == ["name": "ada", "sails": 2, "flag": "white"])
    #expect([send("b", [:]).code, send("c", ["name": "Ada"]).code, send("d", ["name": "abcdefghi"]).code] == [422, 422, 422])
    #expect([send("e", ["name": "ada", "sails": 6]).code, send("f", ["name": 7]).code] == [422, 422])
    let changed = state.send("PUT", path + "/a", good.body.with(spec: ["name": "bob"]))
    #expect(changed.code == 422)
    #expect(changed.body["message"]?.text?.contains("it stays") == true)
    #expect(state.send("PUT", path + "/a", good.body.with(spec: ["name": "ada", "sails": 3])).code == 200)
  }

  @Test("The same seed and the same calls give the same cluster")
  func deterministic() {
    func world() -> [JSONValue] {
      var state = Sample.state()
      state.send("POST", Sample.services, Sample.service("api", selector: ["app": "api"]))
      state.send("POST", Sample.deployments, Sample.deployment("api"))
      state.pass(.seconds(2))
      return ["Pod", "EndpointSlice", "Event", "ReplicaSet"].flatMap { state.objects($0, "default") }
    }
    #expect(world() == world())
  }
}

extension JSONValue {
  fileprivate func with(spec: JSONValue) -> JSONValue {
    var copy = self
    copy["spec"] = spec
    return copy
  }
}
