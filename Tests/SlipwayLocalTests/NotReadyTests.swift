import SlipwayModel
import Testing

@testable import SlipwayLocal

@Suite("What keeps a slot from being ready")
struct NotReadyTests {
  @Test("A health path that is not there is named with its answer, without secrets, until a probe succeeds")
  func wrongPath() async throws {
    try await Machine.run { machine in
      var workload = try await machine.workload(variables: ["API_TOKEN": "hunter22"])
      workload = workload.with(HealthSpec(liveness: "/nowhere/hunter22", readiness: "/nowhere/hunter22", interval: .milliseconds(100)))
      try await machine.ensure(workload)
      let found = "GET /nowhere/[redacted] answered 404 on replica 0"
      try await eventually("the answer is told") { try await machine.target.observe(machine.key).blue.notReadyBecause == found }
      #expect(try await machine.target.observe(machine.key).blue.restarts == 0)
      try await machine.ensure(workload.with(HealthSpec(interval: .milliseconds(100))))
      try await machine.untilReady()
      #expect(try await machine.target.observe(machine.key).blue.failedProbe == nil)
    }
  }

  @Test("A process that ignores $PORT is reported with the port it listens at, while it runs and when it is stopped")
  func wrongPort() async throws {
    try await Machine.run { machine in
      let port = try FreePort.choose(except: [])
      let run = "PORT=\(port) exec \"$ANSWER\""
      try await machine.ensure(try await machine.workload(run: run, startupTimeout: .seconds(3)))
      try await eventually("the other port is told") {
        let seen = try await machine.target.observe(machine.key).blue
        guard let because = seen.notReadyBecause else { return false }
        return because.hasPrefix("replica 0 does not listen at port ") && because.hasSuffix("; it listens at \(port) instead of $PORT")
      }
      try await eventually("it was stopped") { try await machine.target.observe(machine.key).blue.restarts > 0 }
      let event = try #require(try await machine.events(.neverBound).first)
      let exit = try #require(event.exit)
      #expect(exit.intervention == .stopped && !exit.wasBound)
      #expect(exit.status.hasPrefix("stopped, since it did not listen at port "))
      #expect(exit.status.hasSuffix(" within 3s; it listens at \(port) instead of $PORT"))
    }
  }

  @Test("A process that is stopped since its liveness path is not there is reported with the answer")
  func wrongLiveness() async throws {
    try await Machine.run { machine in
      let health = HealthSpec(liveness: "/nowhere", readiness: "/ready", interval: .milliseconds(100))
      try await machine.ensure(try await machine.workload().with(health))
      try await eventually("it was stopped") { try await machine.target.observe(machine.key).blue.restarts > 0 }
      let exit = try #require(try await machine.events(.unresponsive).first?.exit)
      #expect(exit.status == "stopped, since /nowhere failed 3 times in a row (GET /nowhere answered 404)")
      #expect(exit.intervention == .stopped && exit.wasBound)
    }
  }

  @Test("Two services whose names and environments read the same when joined have logs of their own")
  func logNames() async throws {
    try await withFolder { folder in
      let state = try StateFolder(folder)
      let names = [("a-b", "c"), ("a", "b-c")].map { DeploymentKey(service: Name($0.0)!, environment: Name($0.1)!) }
      #expect(Set(names.map { state.log(of: $0, slot: .blue, replica: 0) }).count == 2)
    }
  }
}

extension Workload {
  /// The same with other health settings.
  fileprivate func with(_ health: HealthSpec) -> Workload {
    let service = ServiceSpec(
      name: service.name, run: service.run, variables: service.variables, health: health, shutdown: service.shutdown)
    return Workload(key: key, slot: slot, release: release, replicas: replicas, service: service)
  }
}
