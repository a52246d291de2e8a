import SlipwayEngine
import SlipwayModel
import SlipwayRuntime

extension ServerClient {
  package func health(deadline: TimeSpan = .seconds(3)) async throws -> HealthView { try await get("/v1/health", deadline: deadline) }

  package func status() async throws -> StatusView { try await get("/v1/status", deadline: .seconds(30)) }

  /// Asks the server to end in order; it answers before it does.
  package func shutdown() async throws { let _: Accepted = try await post("/v1/shutdown", Accepted()) }

  package func checkpoint() async throws -> CheckpointView { try await get("/v1/audit/checkpoint") }

  package func proof(of index: Int64) async throws -> ProofView { try await get("/v1/audit/proof/\(index)") }

  /// Starts a rollout. The actor in the request is replaced by who the server knows the caller to be.
  package func deploy(_ request: DeployRequest) async throws -> RolloutView {
    // A rollout that is to be superseded goes back first.
    try await post("/v1/rollouts", request, deadline: .minutes(10), carriesValues: true)
  }

  /// What this request would do now; changes nothing.
  package func plan(_ request: DeployRequest) async throws -> Plan {
    try await post("/v1/plan", request, deadline: .seconds(10), carriesValues: true)
  }

  /// What the comparisons of a deployment could detect at the traffic seen lately; `nil` when that can't be told.
  package func forecast(_ request: DeployRequest) async throws -> PlanForecast? {
    let view: ForecastView = try await post("/v1/forecast", request, deadline: .seconds(10), carriesValues: true)
    return view.forecast
  }

  /// The newest rollouts, oldest of them first.
  package func rollouts(limit: Int = 100) async throws -> [RolloutView] {
    let list: RolloutList = try await get("/v1/rollouts?limit=\(limit)", deadline: .seconds(30))
    return list.rollouts
  }

  package func rollout(_ id: String) async throws -> RolloutView { try await get("/v1/rollouts/\(try Self.safe(id))") }

  package func plan(of id: String) async throws -> Plan { try await get("/v1/rollouts/\(try Self.safe(id))/plan") }

  /// The verdicts of a rollout, each computed again from the journal.
  package func verdicts(of id: String) async throws -> VerdictList {
    try await get("/v1/rollouts/\(try Self.safe(id))/verdicts", deadline: .seconds(60))
  }

  /// Entries after an index and the rollout's state after them; waits up to `patience` (at most 30 s) for the first.
  ///
  /// - Parameter slack: how long the answer may take beyond that.
  package func news(
    of id: String, after index: Int64, patience: TimeSpan = .zero, slack: TimeSpan = .seconds(30)
  ) async throws -> RolloutNews {
    try await get(
      "/v1/rollouts/\(try Self.safe(id))/entries?after=\(index)&wait_ms=\(patience.milliseconds)", deadline: patience + slack)
  }

  /// The index before the newest decision about a rollout: entries after it tell what came of that decision; -1 without any.
  package func indexBeforeDecision(on id: String) async throws -> Int64 {
    let entries = try await news(of: id, after: -1).entries
    return entries.last { $0.kind == "intent_recorded" }.map { $0.index - 1 } ?? -1
  }

  package func intend(_ request: IntentRequest, rollout id: String) async throws -> RolloutView {
    try await post("/v1/rollouts/\(try Self.safe(id))/intents", request)
  }

  package func retry(_ id: String, reason: String) async throws -> RolloutView {
    try await post("/v1/rollouts/\(try Self.safe(id))/retry", RetryRequest(reason: reason))
  }

  package func rollBack(_ request: RollbackRequest) async throws -> RolloutView { try await post("/v1/rollback", request) }

  /// An identifier that can stand in a path as it is.
  private static func safe(_ id: String) throws -> String {
    let allowed = id.utf8.allSatisfy { ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 45 }
    guard allowed, !id.isEmpty, id.utf8.count <= 64 else {
      throw SlipwayError(
        .unknownRolloutName, .input, "'\(id)' is not the name of a rollout", remedy: "`slipway history` lists them")
    }
    return id
  }
}

extension SlipwayError.Code {
  package static let unknownRolloutName = SlipwayError.Code("bad-rollout-name")
}
