import RealSite
import Testing

extension Site {
  /// Runs a test on a site and cleans up after it, whatever became of it.
  static func with(
    strategy: String = "blue_green: { keep_previous: 60s }", rollback: String = "{}", health: String = "", replicas: Int = 1,
    _ body: (Site) async throws -> Void
  ) async throws {
    let site = try Site()
    try site.configure(strategy: strategy, rollback: rollback, health: health, replicas: replicas)
    do {
      try await body(site)
    } catch {
      Issue.record("\(error)\n\(site.logs())")
    }
    await site.remove()
  }
}
