import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("Calls to the API server")
struct RequestTests {
  private static let object: JSONValue = ["metadata": ["name": "api-blue", "namespace": "shop", "resourceVersion": "7"]]
  private static let document = ObjectDocument(object)
  private static let call = ClusterCall("change api-blue")

  /// The last request: method, path, query, content type, body.
  private func sent(_ body: (KubernetesClient) async throws -> Void) async throws -> [String] {
    var lines: [String] = []
    try await withCluster { _ in
      .json(Self.object)
    } _: { client, server async throws in
      try await body(client)
      let request = try #require(server.requests.last)
      let query = request.query.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "&")
      lines = ["\(request.method) \(request.path)", query, request.headers["content-type"] ?? "", request.body]
    }
    return lines
  }

  @Test("Reading asks for the object's path")
  func get() async throws {
    #expect(
      try await sent { _ = try await $0.get(ClientSample.key, Self.call) } == [
        "GET /apis/apps/v1/namespaces/shop/deployments/api-blue", "", "", "",
      ])
    let node = ObjectKey(.namespace, namespace: "ignored", name: "shop")
    #expect(try await sent { _ = try await $0.get(node, Self.call) }[0] == "GET /api/v1/namespaces/shop")
  }

  @Test("Creating posts to the kind's path, as Slipway, and perhaps dry")
  func create() async throws {
    #expect(
      try await sent { _ = try await $0.create(Self.document, as: ClientSample.key, dryRun: true, Self.call) } == [
        "POST /apis/apps/v1/namespaces/shop/deployments", "dryRun=All&fieldManager=slipway", "application/json", text(Self.object),
      ])
  }

  @Test("Applying sends the document with its kind and without managed fields")
  func apply() async throws {
    var document = Self.document
    document.json["metadata"]?["managedFields"] = [["manager": "x"]]
    let applied: JSONValue = ["apiVersion": "apps/v1", "kind": "Deployment", "metadata": Self.object["metadata"] ?? .null]
    let path = "PATCH /apis/apps/v1/namespaces/shop/deployments/api-blue"
    let given = document
    let plain = try await sent { client in _ = try await client.apply(given, as: ClientSample.key, Self.call) }
    #expect(plain == [path, "fieldManager=slipway&force=false", "application/apply-patch+yaml", text(applied)])
    let forced = try await sent { client in
      _ = try await client.apply(given, as: ClientSample.key, manager: "slipway-router", force: true, dryRun: true, Self.call)
    }
    #expect(forced == [path, "dryRun=All&fieldManager=slipway-router&force=true", "application/apply-patch+yaml", text(applied)])
  }

  @Test(
    "Each patch has its type and its body",
    arguments: [
      (ObjectPatch.json([["op": "remove", "path": "/a"]]), "application/json-patch+json", #"[{"op":"remove","path":"/a"}]"#),
      (.merge(["a": .null]), "application/merge-patch+json", #"{"a":null}"#),
      (.strategic(["a": 1]), "application/strategic-merge-patch+json", #"{"a":1}"#),
    ])
  func patch(patch: ObjectPatch, type: String, body: String) async throws {
    #expect(
      try await sent { _ = try await $0.patch(ClientSample.key, patch, subresource: .scale, Self.call) } == [
        "PATCH /apis/apps/v1/namespaces/shop/deployments/api-blue/scale", "fieldManager=slipway", type, body,
      ])
  }

  @Test("Replacing puts the whole object")
  func replace() async throws {
    #expect(
      try await sent { _ = try await $0.replace(Self.document, as: ClientSample.key, subresource: .status, Self.call) } == [
        "PUT /apis/apps/v1/namespaces/shop/deployments/api-blue/status", "fieldManager=slipway", "application/json", text(Self.object),
      ])
  }

  @Test("Deleting says what becomes of the rest, and which object it means")
  func delete() async throws {
    #expect(
      try await sent {
        _ = try await $0.delete(
          ClientSample.key, propagation: .foreground, only: DeletePreconditions(uid: "u", resourceVersion: "7"), gracePeriod: .seconds(5),
          Self.call)
      } == [
        "DELETE /apis/apps/v1/namespaces/shop/deployments/api-blue", "", "application/json",
        #"{"apiVersion":"v1","gracePeriodSeconds":5,"kind":"DeleteOptions","preconditions":{"resourceVersion":"7","uid":"u"},"#
          + #""propagationPolicy":"Foreground"}"#,
      ])
  }

  @Test("An object without a name or namespace is never asked for: its path would be that of all")
  func unnamed() async throws {
    try await withCluster { _ in
      .json([:])
    } _: { client, server async throws in
      for key in [ObjectKey(.pod, namespace: "shop", name: ""), ObjectKey(.pod, namespace: nil, name: "a")] {
        #expect(try await failure { _ = try await client.delete(key, Self.call) }.code == .objectInvalid)
      }
      #expect(server.requests.isEmpty)
    }
  }

  @Test("What is not there is nil to a look, false to a deletion and an error to a patch; a kind that is not there is always an error")
  func missing() async throws {
    try await withCluster { request in
      request.path.hasPrefix("/apis/apps/v1")
        ? .status(404, "NotFound", "deployments.apps \"api-blue\" not found", details: ["name": "api-blue", "kind": "deployments"])
        : .answer(404, "404 page not found\n")
    } _: { client, _ async throws in
      #expect(try await client.get(ClientSample.key, Self.call) == nil)
      #expect(!(try await client.delete(ClientSample.key, Self.call)))
      #expect(try await failure { _ = try await client.patch(ClientSample.key, .merge([:]), Self.call) }.code == .objectNotFound)
      let route = ObjectKey(.httpRoute, namespace: "shop", name: "api")
      #expect(try await failure { _ = try await client.get(route, Self.call) }.code == .kindNotServed)
      #expect(!(try await client.serves(.httpRoute, Self.call)))
    }
  }

  @Test("A list is fetched page by page, trimmed, and its items say what they are")
  func pages() async throws {
    try await withCluster { request in
      request.query["continue"] == nil
        ? .json(ClientSample.list([ClientSample.pod("a", version: "1", extra: ["x": 1])], version: "9", next: "t&=k"))
        : .json(ClientSample.list([ClientSample.pod("b", version: "2")], version: "9"))
    } _: { client, server async throws in
      let selection = ObjectSelection(labels: "app in (a,b)", fields: "status.phase=Running")
      let trim = ObjectTrim { $0["spec"] = nil }
      let list = try await client.list(.pod, in: "shop", selection, pageSize: 1, trim: trim, Self.call)
      #expect(list.objects.map(\.name) == ["a", "b"] && list.resourceVersion == "9")
      #expect(list.objects.map { $0.json["kind"] } == ["Pod", "Pod"] && list.objects[0].spec == nil)
      #expect(server.requests.map(\.path) == ["/api/v1/namespaces/shop/pods", "/api/v1/namespaces/shop/pods"])
      let query = ["labelSelector": "app in (a,b)", "fieldSelector": "status.phase=Running", "limit": "1"]
      #expect(server.requests.map(\.query) == [query, query.merging(["continue": "t&=k"]) { $1 }])
    }
  }

  @Test("A list whose continuation has expired is fetched anew, whole")
  func expiredPages() async throws {
    try await withCluster { request in
      if request.query["limit"] == nil { return .json(ClientSample.list([ClientSample.pod("a", version: "1")], version: "12")) }
      return request.query["continue"] == nil
        ? .json(ClientSample.list([ClientSample.pod("z", version: "1")], version: "9", next: "t")) : .status(410, "Expired", "too old")
    } _: { client, _ async throws in
      let list = try await client.list(.pod, in: nil, .all, Self.call)
      #expect(list.objects.map(\.name) == ["a"] && list.resourceVersion == "12")
    }
  }

  @Test("An apply that meets other managers says so, as an error or as an answer")
  func conflicts() async throws {
    try await withCluster { _ in
      .status(
        409, "Conflict", "Apply failed with 1 conflict",
        details: [
          "causes": [["reason": "FieldManagerConflict", "message": "conflict with \"hpa\" using apps/v1", "field": ".spec.replicas"]]
        ])
    } _: { client, server async throws in
      #expect(try await failure { _ = try await client.apply(Self.document, as: ClientSample.key, Self.call) }.code == .fieldConflict)
      let outcome = try await client.tryApply(Self.document, as: ClientSample.key, Self.call)
      #expect(outcome == .conflict([FieldConflict(manager: "hpa", fields: [".spec.replicas"])]))
      #expect(server.requests.count == 2)
    }
  }

  @Test("Version, served kinds, rights and logs are asked for where the API has them")
  func server() async throws {
    try await withCluster { request in
      switch request.path {
      case "/version": .json(["major": "1", "minor": "33+", "gitVersion": "v1.33.2+k3s1"])
      case "/apis/apps/v1":
        .json(["resources": [["name": "deployments", "kind": "Deployment"], ["name": "deployments/scale", "kind": "Scale"]]])
      case "/api/v1/namespaces/shop/pods/p/log": .answer(200, "one\ntwo\nthree\n")
      case "/api/v1/namespaces/shop/pods/new/log": .status(400, "BadRequest", "container \"c\" is waiting to start")
      default: .json(["status": ["allowed": false, "reason": "no rule"]], status: 201)
      }
    } _: { client, server async throws in
      #expect(try await client.serverVersion(Self.call) == ServerVersion(major: 1, minor: 33, text: "v1.33.2+k3s1"))
      #expect(try await client.serves(.deployment, Self.call))
      #expect(!(try await client.serves(.replicaSet, Self.call)))
      let answer = try await client.mayI(AccessQuestion("get", .pod, in: "shop", subresource: "log"), Self.call)
      #expect(answer == AccessAnswer(isAllowed: false, reason: "no rule"))
      let review = try #require(server.requests.last)
      #expect(review.path == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
      #expect(
        try value(review.body)["spec"] == [
          "resourceAttributes": [
            "verb": "get", "group": "", "version": "v1", "resource": "pods", "namespace": "shop", "subresource": "log",
          ]
        ])
      let pod = ObjectKey(.pod, namespace: "shop", name: "p")
      #expect(try await client.logs(of: pod, container: "c", previous: true, lines: 2, Self.call) == ["two", "three"])
      #expect(
        server.requests.last?.query == ["tailLines": "2", "limitBytes": "1048576", "container": "c", "previous": "true"])
      #expect(try await client.logs(of: ObjectKey(.pod, namespace: "shop", name: "new"), Self.call) == nil)
    }
  }
}
