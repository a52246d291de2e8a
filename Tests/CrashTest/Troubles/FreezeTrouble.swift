import Foundation
import RealSite

/// The server stands still, its lock is taken away by a careless operator, another server takes over, and the old one wakes
/// up with what it knew. Only the epochs of the leases stand between the two.
struct FreezeTrouble: Trouble {
  func strike(_ site: Site, _ generator: inout SeededGenerator) async throws {
    let old = site.processes(of: "serve")
    try await freeze(old)
    let lock = site.state.appending(path: "journal.lock")
    if FileManager.default.fileExists(atPath: lock.path) { try FileManager.default.removeItem(at: lock) }
    try? FileManager.default.removeItem(at: site.state.appending(path: "serve.sock"))
    try await site.startServer()
    try await Task.sleep(for: .milliseconds(Int.random(in: 100...1500, using: &generator)))
    for pid in old { kill(pid, SIGCONT) }
    try await Task.sleep(for: .milliseconds(Int.random(in: 500...1500, using: &generator)))
    for pid in old { kill(pid, SIGKILL) }
  }

  /// One that stops within a transaction keeps the database from everybody for as long as it stands still: no other server can take
  /// over then, so it is let out of it first.
  private func freeze(_ processes: [Int32]) async throws {
    for _ in 0..<100 {
      for pid in processes { kill(pid, SIGSTOP) }
      try await Task.sleep(for: .milliseconds(20))
      guard processes.contains(where: isWriting) else { return }
      for pid in processes { kill(pid, SIGCONT) }
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  /// Whether a process holds the lock by which SQLite lets one writer at a time into its log: byte 120 of the index of the log
  /// (wal-index, "WAL_WRITE_LOCK" in SQLite's file format). Where the system tells of no locks, nobody is taken to hold it.
  private func isWriting(_ pid: Int32) -> Bool {
    let locks = (try? String(contentsOfFile: "/proc/locks", encoding: .utf8)) ?? ""
    return locks.split(separator: "\n").contains { line in
      let words = line.split(separator: " ")
      return words.contains("WRITE") && words.contains("\(pid)") && words.suffix(2).first.flatMap { Int($0) }.map { $0 <= 120 } == true
        && (words.last.flatMap { Int($0) }.map { $0 >= 120 } ?? false) && !words.contains("EOF")
    }
  }
}
