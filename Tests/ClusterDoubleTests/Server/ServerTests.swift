import AsyncHTTPClient
import ClusterDouble
import Logging
import NIOCore
import NIOHTTP1
import SlipwayModel
import Testing

@Suite("The double over HTTP")
struct ServerTests {
  static let maps = "/api/v1/namespaces/default/configmaps"

  @Test("What is written over HTTP is read over HTTP, and controllers act as time passes")
  func readAndWrite() async throws {
    try await ClusterServer.run(Sample.state()) { server in
      let created = try await server.send("POST", Sample.deployments, Sample.deployment("api"))
      #expect(created.code == 201)
      try await server.send("POST", Sample.services, Sample.service("api", selector: ["app": "api"]))
      try await server.until { $0.route(service: "api", namespace: "default").count == 3 }
      let read = try await server.send("GET", Sample.deployments + "/api")
      #expect(read.body[path: ["status", "readyReplicas"]] == 3)
      let value1 = try await server.send("GET", Sample.deployments + "/other").code
      #expect(value1 == 404)
    }
  }

  @Test("A watch is told line by line, gets bookmarks, and ends when its time is over")
  func watch() async throws {
    try await ClusterServer.run(Sample.state(), bookmarkEvery: .milliseconds(100)) { server in
      let lines = try await server.watch(Self.maps, "allowWatchBookmarks=true&timeoutSeconds=2") {
        try await server.send("POST", Self.maps, ["metadata": ["name": "a"]])
        try await server.send("DELETE", Self.maps + "/a")
      }
      let types = lines.compactMap { $0["type"]?.text }
      #expect(types.filter { $0 != "BOOKMARK" } == ["ADDED", "DELETED"])
      #expect(types.contains("BOOKMARK"))
    }
  }

  @Test("A watch from a forgotten version ends with an error event")
  func expired() async throws {
    try await ClusterServer.run(Sample.state()) { server in
      try await server.send("POST", Self.maps, ["metadata": ["name": "a"]])
      await server.cluster.with { $0.compact() }
      let lines = try await server.watch(Self.maps, "resourceVersion=1") {}
      #expect(lines.map { $0[path: ["object", "code"]] } == [410])
    }
  }

  @Test("A watch that a fault breaks off ends without an end")
  func droppedWatch() async throws {
    try await ClusterServer.run(Sample.state()) { server in
      await #expect(throws: (any Error).self) {
        _ = try await server.watch(Self.maps, "") {
          await server.cluster.inject(FaultRule("cut", .dropWatch, times: 1))
        }
      }
    }
  }

  @Test("A connection that breaks after the write was carried out leaves the write")
  func droppedAfter() async throws {
    try await ClusterServer.run(Sample.state()) { server in
      await server.cluster.inject(FaultRule("lost answer", .dropAfter, on: .writes, times: 1))
      await #expect(throws: (any Error).self) { try await server.send("POST", Self.maps, ["metadata": ["name": "a"]]) }
      #expect(await server.cluster.object("ConfigMap", "default", "a") != nil)
      await server.cluster.inject(FaultRule("lost request", .dropBefore, on: .writes, times: 1))
      await #expect(throws: (any Error).self) { try await server.send("POST", Self.maps, ["metadata": ["name": "b"]]) }
      #expect(await server.cluster.object("ConfigMap", "default", "b") == nil)
    }
  }

  @Test("A server that is down answers nobody, and everybody once it is up")
  func down() async throws {
    try await ClusterServer.run(Sample.state()) { server in
      await server.cluster.with { $0.faults.isDown = true }
      await #expect(throws: (any Error).self) { try await server.send("GET", Self.maps) }
      await server.cluster.with { $0.faults.isDown = false }
      let value2 = try await server.send("GET", Self.maps).code
      #expect(value2 == 200)
    }
  }

  @Test("Too many requests carry the header Retry-After")
  func retryAfter() async throws {
    try await ClusterServer.run(Sample.state()) { server in
      await server.cluster.inject(FaultRule("slow down", .answer(429, retryAfterSeconds: 7)))
      let answer = try await server.send("GET", Self.maps)
      #expect(answer.code == 429)
      #expect(answer.retryAfter == "7")
    }
  }

  @Test("A delay holds the answer back")
  func delay() async throws {
    try await ClusterServer.run(Sample.state()) { server in
      await server.cluster.inject(FaultRule("slow", .delay(.milliseconds(300))))
      let clock = ContinuousClock()
      let start = clock.now
      _ = try await server.send("GET", Self.maps)
      #expect(clock.now - start >= .milliseconds(300))
    }
  }

  @Test("Without the right token nobody gets in, and logs are plain text")
  func token() async throws {
    let state = Sample.state { $0.bearerToken = "secret" }
    try await ClusterServer.run(state) { server in
      let value3 = try await server.send("GET", Self.maps).code
      #expect(value3 == 401)
      let value4 = try await server.send("GET", Self.maps, token: "secret").code
      #expect(value4 == 200)
      let value5 = try await server.text("/readyz", token: "secret")
      #expect(value5 == "ok")
    }
  }

  @Test("A cluster that does not tick itself moves when the test says so")
  func byHand() async throws {
    try await ClusterServer.run(Sample.state(), ticksItself: false) { server in
      try await server.send("POST", Sample.deployments, Sample.deployment("api"))
      try await Task.sleep(for: .milliseconds(50))
      #expect(await server.cluster.objects("Pod", "default").isEmpty)
      await server.cluster.advance(by: .seconds(1))
      #expect(await server.cluster.objects("Pod", "default").count == 3)
    }
  }
}
