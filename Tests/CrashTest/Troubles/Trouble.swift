import Foundation
import RealSite

/// What happens to the server.
enum TroubleKind: String, CaseIterable {
  /// SIGKILL to `serve`.
  case kill
  /// SIGKILL to `agent`.
  case agent
  /// SIGSTOP to `serve`; another one takes over; the old one goes on.
  case freeze
  /// Writes and syncs of `serve` fail.
  case writes
  /// The disk with the state folder is full for a while.
  case disk
}

/// One way to hit the server.
protocol Trouble: Sendable {
  /// Before the first deployment.
  func prepare(_ site: Site) async throws
  /// Strikes once; returns when the trouble is over and a server answers again, or may be started by whoever needs it.
  func strike(_ site: Site, _ generator: inout SeededGenerator) async throws
  /// After everything was stopped.
  func cleanUp(_ site: Site) async throws
}

extension Trouble {
  func prepare(_ site: Site) async throws {}
  func cleanUp(_ site: Site) async throws {}
}

extension Site {
  func signal(_ number: Int32, _ command: String) {
    for pid in processes(of: command) { kill(pid, number) }
  }

  /// Waits until no process of this command is left.
  func awaitEnd(of command: String) async throws {
    for _ in 0..<200 where !processes(of: command).isEmpty { try await Task.sleep(for: .milliseconds(10)) }
  }

  /// Starts what is missing, as an operator would; several may try at once.
  func startServer() async throws {
    var last = ""
    for _ in 0..<20 {
      let finished = try await run("serve", "--detach", within: 30)
      if finished.status == 0 { return }
      last = finished.errors
      try await Task.sleep(for: .milliseconds(100))
    }
    throw SiteError("the server does not start: \(last)")
  }
}
