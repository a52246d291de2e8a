import Foundation
import RealSite

/// SIGKILL at any moment. Half of the time an operator starts the server again at once; else the waiting `deploy` does.
struct KillTrouble: Trouble {
  /// `serve` or `agent`.
  let command: String

  func strike(_ site: Site, _ generator: inout SeededGenerator) async throws {
    site.signal(SIGKILL, command)
    try await site.awaitEnd(of: command == "agent" ? "" : command)
    guard Bool.random(using: &generator) else { return }
    try await site.startServer()
  }
}
