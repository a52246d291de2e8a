import SlipwayModel
import SlipwayPorts

/// Processes on this machine behind the embedded proxy, by way of the agent.
package struct LocalTarget: DeploymentTarget, TrafficRouter, MetricSource {
  private let agent: AgentClient

  /// - Parameter socketPath: see ``SocketPath/agent(stateFolder:)``.
  package init(socketPath: String) {
    agent = AgentClient(socketPath: socketPath)
  }

  /// What `DeploymentTarget.observe` and `MetricSource.read` promise.
  private static let lookLimit = TimeSpan.seconds(2)

  /// A build may take an hour, and copying what it made some time more.
  private static let prepareLimit = BuildCommand.limit + .minutes(5)

  package func check(_ request: PrepareRequest, listen: ListenAddress?) async throws {
    let message = CheckMessage(request: request, listen: listen)
    let _: Done = try await agent.post("/v1/releases/check", message, within: .minutes(2))
  }

  /// See `DeploymentTarget`; also throws `agent-unreachable`, as all calls here do.
  package func prepare(_ request: PrepareRequest, _ operation: Operation) async throws -> Digest {
    let answer: PrepareAnswer = try await agent.post(
      "/v1/releases", PrepareMessage(request: request, operation: operation), within: Self.prepareLimit)
    return answer.digest
  }

  package func ensure(_ workload: Workload, _ operation: Operation) async throws {
    let _: Done = try await agent.post(
      "/v1/workloads/ensure", EnsureMessage(workload: workload, operation: operation), carriesValues: true)
  }

  package func observe(_ key: DeploymentKey) async throws -> WorldObservation {
    try await agent.get("/v1/observation", Self.query(key), within: Self.lookLimit)
  }

  /// Waits for as long as the processes of the slot may take to stop, and five seconds more.
  package func retire(_ key: DeploymentKey, slot: Slot, _ operation: Operation) async throws {
    let longest = try await agent.workloads().filter { $0.key == key && $0.slot == slot }.map(\.longestTeardown).max() ?? .zero
    let _: Done = try await agent.post(
      "/v1/workloads/retire", RetireMessage(key: key, slot: slot, operation: operation), within: longest + AgentClient.deadline)
  }

  package func apply(
    _ split: TrafficSplit, for key: DeploymentKey, listen: ListenAddress?, sticky: Bool, _ operation: Operation
  ) async throws {
    let _: Done = try await agent.post(
      "/v1/routes/apply", ApplyMessage(key: key, split: split, listen: listen, sticky: sticky, operation: operation))
  }

  package func read(_ key: DeploymentKey, as metrics: MetricsSpec?, since: Timestamp) async throws -> MetricSeries {
    var query = Self.query(key)
    query["since"] = "\(since)"
    return try await agent.get("/v1/metrics", query, within: Self.lookLimit)
  }

  private static func query(_ key: DeploymentKey) -> [String: String] {
    ["service": "\(key.service)", "environment": "\(key.environment)"]
  }
}
