import Foundation
import RealSite

/// What must be so, asked of the real programs.
struct Checks {
  let site: Site

  /// After each blow: the journal is whole, one server runs, and one slot is live.
  func afterBlow(_ number: Int, _ problems: inout [String]) async throws {
    var found: [String] = []
    _ = try await journal(&found)
    // Each slot runs one replica; a third process belongs to nobody. One that is being stopped has a moment to go.
    if try await !settles({ site.replicas().count <= 2 }) { found.append("\(site.replicas().count) replicas run") }
    if try await !settles({ site.processes(of: "agent").count <= 1 }) { found.append("\(site.processes(of: "agent").count) agents run") }
    problems += found.map { "after blow \(number): \($0)" }
  }

  /// After each rollout: what should be live is, alone, and has all the traffic.
  func afterRollout(live: String, _ problems: inout [String]) async throws {
    if try await !settles({ site.replicas().count == 1 }) { problems.append("\(live) is live, and \(site.replicas().count) replicas run") }
    if try await !settles({ try await site.servedVersion() == live }) {
      problems.append("\(live) should be live, but \(try await site.servedVersion() ?? "nothing") answers")
    }
    guard let deployment = try await deployment() else { return problems.append("status knows of no deployment") }
    if deployment["live_version"] as? String != live {
      problems.append("status says \(deployment["live_version"] ?? "nothing") is live, not \(live)")
    }
    let weights = (deployment["slots"] as? [[String: Any]] ?? []).compactMap { $0["weight_percent"] as? Double }
    if weights.sorted() != [0, 100] { problems.append("the slots' weights are \(weights)") }
  }

  /// - Returns: how many entries there are.
  func journal(_ problems: inout [String]) async throws -> Int {
    let finished = try await site.run("audit", "verify", "--output", "json", within: 60)
    if finished.status != 0 { problems.append("audit verify ended with \(finished.status): \(finished.output)\(finished.errors)") }
    return try finished.json()["entries"] as? Int ?? 0
  }

  /// The newest rollout to a version; `nil` when there was none.
  func rollout(of version: String) async throws -> String? {
    try await history().first { $0["version"] as? String == version }?["id"] as? String
  }

  /// The phase in which a rollout ended; `nil` when it does not end within a minute.
  func end(of id: String) async throws -> String? {
    for _ in 0..<300 {
      let phase = try await history().first { $0["id"] as? String == id }?["phase"] as? String
      if let phase, ["succeeded", "rolled_back", "failed"].contains(phase) { return phase }
      try await Task.sleep(for: .milliseconds(200))
    }
    return nil
  }

  func reason(of id: String) async throws -> String {
    let rollout = try await history().first { $0["id"] as? String == id }
    return "\(rollout?["reason"] ?? "no reason")"
  }

  private func history() async throws -> [[String: Any]] {
    let finished = try await site.run("history", "--output", "json", within: 60)
    guard finished.status == 0 else { throw SiteError("history: \(finished.errors)") }
    return try finished.json()["rollouts"] as? [[String: Any]] ?? []
  }

  private func deployment() async throws -> [String: Any]? {
    let finished = try await site.run("status", "--output", "json", within: 60)
    return (try finished.json()["deployments"] as? [[String: Any]])?.first
  }

  private func settles(_ condition: () async throws -> Bool) async throws -> Bool {
    for _ in 0..<100 {
      if (try? await condition()) == true { return true }
      try await Task.sleep(for: .milliseconds(100))
    }
    return false
  }
}
