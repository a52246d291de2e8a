import Foundation
import NIOPosix
import SlipwayModel
import SlipwayProxy
import Testing

extension ProxyTests {
  @Suite("Configuration") struct ConfigurationTests {
    private func withFolder(_ test: (String) async throws -> Void) async throws {
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("slipway-proxy-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      try await test(folder.path)
    }

    @Test("A restarted proxy comes back with its routes, splits, salts and endpoints, ready at its first request")
    func restart() async throws {
      try await withFolder { folder in
        let (blue, green) = (try await named("blue"), try await named("green"))
        let first = makeProxy(file: folder + "/proxy.json")
        try await first.start()
        try await first.update(route: testRoute(blue: [blue.endpoint()]))
        try await first.setEndpoints([green.endpoint()], probe: quickProbe, slot: .green, for: testKey)
        try await first.apply(split: .all(to: .green), sticky: false, for: testKey)
        let known = first.configuration
        await first.shutdown(within: .zero)

        let second = makeProxy(file: folder + "/proxy.json")
        try await second.start()
        #expect(second.configuration == known)
        #expect(second.configuration[testKey]?.salt != nil)
        #expect(second.configuration[testKey]?.sticky == false)
        #expect(second.problems == [])
        let port = try #require(await second.status(testKey)).listen.port
        #expect(try await TestConnection.open(port).get("/").body == "green")
        await second.shutdown(within: .zero)
        await blue.stop()
        await green.stop()
      }
    }

    @Test("A salt that is chosen at the start is kept")
    func saltKept() async throws {
      try await withFolder { folder in
        let first = makeProxy(file: folder + "/proxy.json", configuration: ProxyConfiguration(routes: [testRoute()]))
        try await first.start()
        let salt = try #require(first.configuration[testKey]?.salt)
        await first.shutdown(within: .zero)
        let second = makeProxy(file: folder + "/proxy.json", configuration: ProxyConfiguration(routes: [testRoute()]))
        try await second.start()
        #expect(second.configuration[testKey]?.salt == salt)
        await second.shutdown(within: .zero)
      }
    }

    @Test("A paused route is paused after a restart")
    func pausedRestart() async throws {
      try await withFolder { folder in
        let first = makeProxy(file: folder + "/proxy.json")
        try await first.start()
        try await first.update(route: testRoute())
        try await first.pause(testKey)
        await first.shutdown(within: .zero)
        let second = makeProxy(file: folder + "/proxy.json")
        try await second.start()
        #expect(await second.status(testKey)?.paused == true)
        await second.shutdown(within: .zero)
      }
    }

    @Test("A route that can't be read is reported and kept aside, and the others serve")
    func damagedPart() async throws {
      try await withFolder { folder in
        let path = folder + "/proxy.json"
        let first = makeProxy(file: path)
        try await first.start()
        try await first.update(route: testRoute())
        await first.shutdown(within: .zero)
        let good = try String(contentsOfFile: path, encoding: .utf8)
        let damaged = good.replacingOccurrences(of: "\"routes\" : [", with: "\"routes\" : [ { \"key\": 1 },")
        #expect(damaged != good)
        try damaged.write(toFile: path, atomically: true, encoding: .utf8)

        let second = makeProxy(file: path)
        try await second.start()
        #expect(second.problems.map(\.code) == [.proxyFileDamaged])
        #expect(await second.status(testKey) != nil)
        #expect(try String(contentsOfFile: path + ".damaged", encoding: .utf8) == damaged)
        await second.shutdown(within: .zero)
      }
    }

    @Test("A file that is no JSON, or of a later version, is kept aside and reported", arguments: ["{", #"{"version": 99, "routes": []}"#])
    func damagedFile(text: String) async throws {
      try await withFolder { folder in
        let path = folder + "/proxy.json"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let proxy = makeProxy(file: path)
        try await proxy.start()
        #expect(proxy.problems.map(\.code) == [.proxyFileDamaged])
        #expect(try String(contentsOfFile: path + ".damaged", encoding: .utf8) == text)
        try await proxy.update(route: testRoute())
        await proxy.shutdown(within: .zero)
      }
    }

    @Test("A configuration that can't be saved is not put in force")
    func notSaved() async throws {
      try await withFolder { folder in
        let service = try await named("blue")
        let proxy = makeProxy(file: folder + "/state/proxy.json")
        try FileManager.default.createDirectory(atPath: folder + "/state", withIntermediateDirectories: true)
        try await proxy.start()
        try await proxy.update(route: testRoute(blue: [service.endpoint()]))
        let before = proxy.configuration
        try FileManager.default.removeItem(atPath: folder + "/state")
        let error = await #expect(throws: SlipwayError.self) { try await proxy.apply(split: .all(to: .green), sticky: true, for: testKey) }
        #expect(error?.code == .proxyFileNotSaved)
        #expect(proxy.configuration == before)
        #expect(await proxy.status(testKey)?.split == .all(to: .blue))
        await proxy.shutdown(within: .zero)
        await service.stop()
      }
    }

    @Test("A port in use is the user's mistake and changes nothing, at the start it stops only its own route")
    func portInUse() async throws {
      try await withFolder { folder in
        let service = try await named("other program")
        let taken = ListenAddress(host: "127.0.0.1", port: service.port)
        let proxy = makeProxy(file: folder + "/proxy.json")
        try await proxy.start()
        let error = await #expect(throws: SlipwayError.self) { try await proxy.update(route: testRoute { $0.listen = taken }) }
        #expect(error?.code == .portInUse)
        #expect(error?.kind == .input)
        #expect(error?.message == "port \(service.port) of 127.0.0.1 is in use by another program")
        #expect(proxy.configuration.routes == [])
        try await proxy.update(route: testRoute())
        let moved = await #expect(throws: SlipwayError.self) { try await proxy.update(route: testRoute { $0.listen = taken }) }
        #expect(moved?.code == .portInUse)
        #expect(await proxy.status(testKey) != nil)
        await proxy.shutdown(within: .zero)

        let other = DeploymentKey(service: Name("web")!, environment: Name("test")!)
        var routes = ProxyConfiguration(routes: [testRoute { $0.listen = taken }])
        routes[other] = RouteConfiguration(key: other, listen: ListenAddress(host: "127.0.0.1", port: 0))
        let second = makeProxy(configuration: routes)
        try await second.start()
        #expect(second.problems.map(\.code) == [.portInUse])
        #expect(await second.status(testKey) == nil)
        #expect(await second.status(other) != nil)
        await second.shutdown(within: .zero)
        await service.stop()
      }
    }

    @Test("A route moves to another port without losing the connections of the old one")
    func moves() async throws {
      let service = try await named("blue")
      let free = try await named("free")
      await free.stop()
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        #expect(try await client.get("/").body == "blue")
        var route = try #require(fixture.proxy.configuration[testKey])
        route.listen = ListenAddress(host: "127.0.0.1", port: free.port)
        try await fixture.proxy.update(route: route)
        #expect(try await fixture.status().listen.port == free.port)
        #expect(try await client.get("/").body == "blue")
        #expect(try await TestConnection.open(free.port).get("/").body == "blue")
        await #expect(throws: (any Error).self) { try await fixture.connect() }
      }
    }

    @Test("A route that makes no sense is refused before anything is changed")
    func invalid() async throws {
      let edits: [(inout RouteConfiguration) -> Void] = [
        { $0.blue.endpoints = [Endpoint(id: "1", port: 0)] },
        { $0.blue.endpoints = [Endpoint(id: "1", port: 1), Endpoint(id: "1", port: 2)] },
        { $0.green.probe.path = "health" },
        { $0.green.probe.path = "/a HTTP/1.1\r\nX: y" },
        { $0.green.probe.failures = 0 },
        { $0.limits.headerBytes = 0 },
        { $0.limits.responseTime = .zero },
      ]
      let proxy = makeProxy()
      try await proxy.start()
      for edit in edits {
        let error = await #expect(throws: SlipwayError.self) { try await proxy.update(route: testRoute(edit)) }
        #expect(error?.code == .routeInvalid)
      }
      #expect(proxy.configuration.routes == [])
      await proxy.shutdown(within: .zero)
    }

    @Test("A removed route no longer listens, and an unknown one is refused")
    func removed() async throws {
      let service = try await named("blue")
      try await withProxy(blue: [service]) { (fixture) async throws in
        try await fixture.proxy.remove(route: testKey)
        #expect(await fixture.proxy.status(testKey) == nil)
        await #expect(throws: (any Error).self) { try await fixture.connect() }
        let error = await #expect(throws: SlipwayError.self) { try await fixture.proxy.pause(testKey) }
        #expect(error?.code == .routeUnknown)
        try await fixture.proxy.remove(route: testKey)
      }
    }
  }
}
