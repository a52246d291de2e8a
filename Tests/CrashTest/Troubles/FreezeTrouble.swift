import Foundation
import RealSite

/// The server stands still, its lock is taken away by a careless operator, another server takes over, and the old one wakes
/// up with what it knew. Only the epochs of the leases stand between the two.
struct FreezeTrouble: Trouble {
  func strike(_ site: Site, _ generator: inout SeededGenerator) async throws {
    let old = site.processes(of: "serve")
    for pid in old { kill(pid, SIGSTOP) }
    let lock = site.state.appending(path: "journal.lock")
    if FileManager.default.fileExists(atPath: lock.path) { try FileManager.default.removeItem(at: lock) }
    try? FileManager.default.removeItem(at: site.state.appending(path: "serve.sock"))
    try await site.startServer()
    try await Task.sleep(for: .milliseconds(Int.random(in: 100...1500, using: &generator)))
    for pid in old { kill(pid, SIGCONT) }
    try await Task.sleep(for: .milliseconds(Int.random(in: 500...1500, using: &generator)))
    for pid in old { kill(pid, SIGKILL) }
  }
}
