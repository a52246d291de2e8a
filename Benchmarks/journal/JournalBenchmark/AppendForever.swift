import Foundation
import SlipwayModel
import SlipwayPorts
import SlipwayStore

/// Appends from several tasks until the process is killed or an append fails; at the latest after a minute, so that none outlives
/// a test that was cut off. After each append that the journal has acknowledged a line
/// `<index> <writer> <number>` goes to standard output at once: what the crash test later asks the journal for.
func appendForever(folder: String, writers: Int) async throws {
  let store = try await JournalStore.open(folder: folder, options: .init(checkpointInterval: 64))
  let end = ContinuousClock.now + .seconds(60)
  try await withThrowingTaskGroup(of: Void.self) { group in
    defer { group.cancelAll() }
    for writer in 0..<writers {
      group.addTask {
        for number in 0..<Int.max {
          if Task.isCancelled || ContinuousClock.now > end { return }
          let indices = try await store.append([draft(writer: writer, number: number)], after: nil, fence: nil)
          let line = Array(indices.map { "\($0) \(writer) \(number)\n" }.joined().utf8)
          guard write(STDOUT_FILENO, line, line.count) == line.count else { return }
        }
      }
    }
    try await group.waitForAll()
  }
}

/// An event of the size that a rollout's usually have.
func draft(writer: Int, number: Int) -> JournalDraft {
  let body = """
    {"candidate":{"errors":0,"p95_ms":41.25,"requests":\(number)},"note":"the figures of one evaluation, as the engine records them",\
    "number":\(number),"stable":{"errors":1,"p95_ms":39.5,"requests":4821},"step":3,"verdict":"pass","writer":\(writer)}
    """
  return JournalDraft(
    at: Timestamp(milliseconds: 1_795_000_000_000 + Int64(number)), stream: "rollout/writer-\(writer)", kind: "evaluated",
    actor: .engine, cause: "step_started", body: Array(body.utf8))
}
