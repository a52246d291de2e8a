import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import SlipwayServer

/// Finds the rollout that a command is about.
enum RolloutChoice {
  /// The rollout with this name; without one the rollout under way that fits the selection, or the newest that fits.
  ///
  /// - Parameter onlyActive: whether a rollout that is over is no answer.
  static func find(_ id: String?, _ selection: SelectionOptions, onlyActive: Bool, _ client: ServerClient) async throws -> RolloutView {
    if let id { return try await client.rollout(id) }
    let all = try await client.rollouts(limit: 1000)
    try selection.check(all.map { DeploymentKey(service: $0.service, environment: $0.environment) })
    let fitting = all.filter { view in
      selection.service.map { $0 == view.service } ?? true && selection.environment.map { $0 == view.environment } ?? true
    }
    let active = fitting.filter { !$0.phase.isTerminal }
    if active.count > 1 {
      let names = active.map { "\($0.id) (\($0.service) in \($0.environment))" }.joined(separator: ", ")
      throw SlipwayError(
        .severalRollouts, .input, "several rollouts are under way: \(names)", remedy: "name one, or choose with --service and --environment"
      )
    }
    if let only = active.first { return only }
    guard let newest = fitting.last, !onlyActive else {
      throw SlipwayError(
        .noRollout, .refused, fitting.isEmpty ? "nothing that fits was deployed here yet" : "no rollout is under way",
        remedy: "`slipway history` lists what was deployed")
    }
    return newest
  }

  /// The service and environment that the selection means, among those that were ever deployed.
  static func deployment(_ selection: SelectionOptions, _ client: ServerClient) async throws -> DeploymentKey {
    let keys = try await client.status().deployments.map { DeploymentKey(service: $0.service, environment: $0.environment) }
    try selection.check(keys)
    let fitting = keys.filter {
      (selection.service ?? $0.service) == $0.service && (selection.environment ?? $0.environment) == $0.environment
    }
    if let only = fitting.first, fitting.count == 1 { return only }
    guard fitting.isEmpty else {
      throw SlipwayError(
        .severalRollouts, .input, "several services fit: \(fitting.map(\.description).joined(separator: ", "))",
        remedy: "choose with --service and --environment")
    }
    throw SlipwayError(.noRollout, .refused, "nothing that fits was deployed here yet", remedy: "`slipway status` shows what was")
  }
}

extension SlipwayError.Code {
  static let severalRollouts = SlipwayError.Code("several-rollouts")
  static let noRollout = SlipwayError.Code("no-rollout")
}
