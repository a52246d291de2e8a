import Foundation
import SlipwayModel
import SlipwayPorts
import SlipwayStore

/// Measures one run; the figures belong together, and ratios between them do not depend on the machine.
struct Measurement {
  /// How long each kind of writing is measured.
  let seconds: Int64
  /// The size of the journal that is verified.
  let entries: Int64

  private static let concurrentWriters = 100
  private static let streamLength = 10_000

  func run() async throws {
    let root = FileManager.default.temporaryDirectory.path + "/journal-benchmark-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: root) }
    let alone = try await eventsPerSecond(writers: 1, folder: root + "/alone")
    let together = try await eventsPerSecond(writers: Self.concurrentWriters, folder: root + "/together")
    show("durable_events_per_second_one_writer", alone)
    show("durable_events_per_second_100_writers", together)
    show("group_commit_ratio", together / alone)
    let folder = root + "/large"
    try await fill(folder)
    let store = try await JournalStore.open(folder: folder)
    try await measureReading(store)
    try await measureVerification(folder)
    try await store.close()
  }

  private func eventsPerSecond(writers: Int, folder: String) async throws -> Double {
    let store = try await JournalStore.open(folder: folder)
    let start = ContinuousClock.now
    let end = start + .seconds(seconds)
    let count = try await withThrowingTaskGroup(of: Int.self) { group in
      for writer in 0..<writers {
        group.addTask {
          var number = 0
          while ContinuousClock.now < end {
            _ = try await store.append([draft(writer: writer, number: number)], after: nil, fence: nil)
            number += 1
          }
          return number
        }
      }
      return try await group.reduce(0, +)
    }
    let elapsed = start.duration(to: .now)
    try await store.close()
    return Double(count) / elapsed.inSeconds
  }

  /// A journal with one long stream among many others.
  private func fill(_ folder: String) async throws {
    let store = try await JournalStore.open(folder: folder)
    let batch = 1000
    let start = ContinuousClock.now
    for first in stride(from: 0, to: Int(entries), by: batch) {
      let drafts = (first..<first + batch).map { number in
        // One in so many belongs to the long stream until that has its length.
        let isLong = number % max(1, Int(entries) / Self.streamLength) == 0
        return draft(writer: isLong ? 0 : 1 + number / 2000, number: number)
      }
      _ = try await store.append(drafts, after: nil, fence: nil)
    }
    show("events_per_second_in_batches_of_1000", Double(entries) / start.duration(to: .now).inSeconds)
    try await store.close()
  }

  private func measureReading(_ store: JournalStore) async throws {
    var times: [Double] = []
    var count = 0
    let processorStart = processorSeconds()
    for _ in 0..<5 {
      let start = ContinuousClock.now
      count = try await store.entries(of: "rollout/writer-0", after: -1).count
      times.append(start.duration(to: .now).inSeconds * 1000)
    }
    show("entries_in_stream_read", Double(count))
    show("stream_read_ms", times.sorted()[2])
    show("stream_read_processor_ms", (processorSeconds() - processorStart) * 1000 / 5)
  }

  private func measureVerification(_ folder: String) async throws {
    var rates: [Double] = []
    let processorStart = processorSeconds()
    for _ in 0..<5 {
      let start = ContinuousClock.now
      let report = try await JournalVerifier(folder: folder).verify()
      guard report.isIntact, report.entries == entries else { fatalError("the benchmark's journal does not verify: \(report)") }
      rates.append(Double(report.entries) / start.duration(to: .now).inSeconds)
    }
    show("verified_entries_per_second", rates.sorted()[2])
    show("verification_processor_microseconds_per_entry", (processorSeconds() - processorStart) * 1e6 / Double(entries * 5))
  }

  /// The time that all processors have spent on this process: unlike time on the clock it does not depend on what else runs.
  private func processorSeconds() -> Double {
    var usage = rusage()
    // 0 is RUSAGE_SELF, which Linux and macOS give different types.
    getrusage(0, &usage)
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
  }

  private func show(_ name: String, _ value: Double) {
    print("\(name) \((value * 100).rounded() / 100)")
  }
}

extension Duration {
  fileprivate var inSeconds: Double { self / .seconds(1) }
}
