import Foundation
import SlipwayModel
import SlipwayPorts
import Testing

@testable import SlipwayStore

@Suite("Killed at any moment, the journal keeps what it has acknowledged")
struct CrashTests {
  @Test("After SIGKILL in the midst of writing, every acknowledged entry is there and the journal verifies, eight times over")
  func killed() async throws {
    try await withFolder { folder in
      let state = folder + "/state"
      var delays = Lehmer(state: UInt64(getpid()))
      for round in 0..<8 {
        let acknowledged = try await writeUntilKilled(
          state, output: folder + "/output-\(round)", milliseconds: 30 + Int(delays.next() % 200))
        #expect(!acknowledged.isEmpty)
        let report = try await JournalVerifier(folder: state).verify()
        #expect(report.problems == [], "round \(round)")
        let store = try await JournalStore.open(folder: state, options: .init(checkpointInterval: 64))
        let entries = try await store.entries(after: -1, limit: .max)
        for line in acknowledged {
          let numbers = line.split(separator: " ").compactMap { Int($0) }
          let entry = try #require(entries.first { $0.index == Int64(numbers[0]) })
          #expect(entry.stream == "rollout/writer-\(numbers[1])")
          #expect(String(decoding: entry.body, as: UTF8.self).contains("\"number\":\(numbers[2]),"))
        }
        _ = try await store.append([draft(round)], fence: nil)
        try await store.close()
      }
      #expect(try await JournalVerifier(folder: state).verify().isIntact)
    }
  }

  /// Lets a process write, kills it some time after its first acknowledgement, and returns what it has acknowledged.
  private func writeUntilKilled(_ state: String, output: String, milliseconds: Int) async throws -> [Substring] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("journal-benchmark")
    process.arguments = ["append", state, "8"]
    try Data().write(to: URL(fileURLWithPath: output))
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
      process.terminationHandler = { _ in ended.resume() }
      do { try process.run() } catch { return ended.resume(throwing: error) }
      let identifier = process.processIdentifier
      // A queue of its own and no test thread waits for the moment to kill.
      DispatchQueue.global().async {
        let deadline = ContinuousClock.now + .seconds(20)
        while (try? Data(contentsOf: URL(fileURLWithPath: output)).isEmpty) ?? true, ContinuousClock.now < deadline { usleep(2000) }
        usleep(useconds_t(milliseconds * 1000))
        kill(identifier, SIGKILL)
      }
    }
    let text = try String(contentsOfFile: output, encoding: .utf8)
    // A line that was cut off while it was written acknowledges nothing.
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
  }
}
