import Foundation
import SlipwayModel
import SlipwayPorts
import Testing

@testable import SlipwayStore

@Suite("Whatever stops the writer, the journal keeps what it has acknowledged")
struct CrashTests {
  @Test("After SIGKILL in the midst of writing, every acknowledged entry is there and the journal verifies, eight times over")
  func killed() async throws {
    try await withFolder { folder in
      let state = folder + "/state"
      var delays = Lehmer(state: UInt64(getpid()))
      for round in 0..<8 {
        let output = folder + "/output-\(round)"
        let delay = 30_000 + UInt32(delays.next() % 200_000)
        try await run(journalBenchmark, ["append", state, "8"], output: output) { identifier in
          let deadline = ContinuousClock.now + .seconds(30)
          while (try? Data(contentsOf: URL(fileURLWithPath: output)).isEmpty) ?? true, ContinuousClock.now < deadline { usleep(2000) }
          usleep(delay)
          kill(identifier, SIGKILL)
        }
        let acknowledged = try Acknowledgement.read(output)
        #expect(!acknowledged.isEmpty)
        try await expect(acknowledged, in: state)
        let store = try await JournalStore.open(folder: state, options: .init(checkpointInterval: 64))
        _ = try await store.append([draft(round)], fence: nil)
        try await store.close()
      }
      #expect(try await JournalVerifier(folder: state).verify().problems == [])
    }
  }

  @Test(
    "On a disk that is really full the writer is told so, the journal verifies, and goes on when the disk has grown",
    .enabled(if: geteuid() == 0, "a disk of its own can only be mounted by root"))
  func fullDisk() async throws {
    try await withFolder { folder in
      let script = """
        set -e
        mkdir disk && mount -t tmpfs -o size=3m tmpfs disk
        "$1" append disk/state 8 > first 2> error && exit 1
        cp -a disk/state full
        mount -o remount,size=64m disk
        timeout -s KILL 2 "$1" append disk/state 8 > second || true
        cp -a disk/state after
        """
      // A mount namespace of its own: the disk is gone with the shell.
      try await run(
        "/usr/bin/env", ["-C", folder, "unshare", "-m", "bash", "-c", script, "bash", journalBenchmark], output: folder + "/log")
      #expect(try String(contentsOfFile: folder + "/error", encoding: .utf8).contains("[journal-full]"))
      let first = try Acknowledgement.read(folder + "/first")
      let second = try Acknowledgement.read(folder + "/second")
      #expect(first.count > 100 && !second.isEmpty)
      try await expect(first, in: folder + "/full")
      try await expect(first + second, in: folder + "/after")
    }
  }

  /// That the journal is whole and holds all these.
  private func expect(_ acknowledged: [Acknowledgement], in state: String) async throws {
    #expect(try await JournalVerifier(folder: state).verify().problems == [])
    let store = try await JournalStore.open(folder: state, options: .init(checkpointInterval: 64))
    let entries = Dictionary(uniqueKeysWithValues: try await store.entries(after: -1, limit: .max).map { ($0.index, $0) })
    for one in acknowledged {
      let entry = try #require(entries[one.index])
      #expect(entry.stream == "rollout/writer-\(one.writer)")
      #expect(String(decoding: entry.body, as: UTF8.self).contains("\"number\":\(one.number),"))
    }
    try await store.close()
  }
}
