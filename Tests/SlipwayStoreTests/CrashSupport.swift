import Foundation

/// The program that appends until it is stopped, beside the test bundle.
var journalBenchmark: String {
  URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    .appendingPathComponent("journal-benchmark").path
}

/// Runs a program to its end without blocking a thread that tests share.
///
/// - Parameters:
///   - output: the file for its standard output.
///   - started: is told the process id, on a queue of its own.
func run(_ program: String, _ arguments: [String], output: String, started: @escaping @Sendable (Int32) -> Void = { _ in }) async throws {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: program)
  process.arguments = arguments
  try Data().write(to: URL(fileURLWithPath: output))
  process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
  try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
    process.terminationHandler = { _ in ended.resume() }
    do { try process.run() } catch { return ended.resume(throwing: error) }
    let identifier = process.processIdentifier
    DispatchQueue.global().async { started(identifier) }
  }
}

/// An append that was acknowledged: `<index> <writer> <number>`.
struct Acknowledgement {
  let index: Int64
  let writer: Int
  let number: Int

  /// Reads what the program printed. A line that was cut off while it was written acknowledges nothing.
  static func read(_ path: String) throws -> [Acknowledgement] {
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    return lines.map { line in
      let numbers = line.split(separator: " ").compactMap { Int($0) }
      return Acknowledgement(index: Int64(numbers[0]), writer: numbers[1], number: numbers[2])
    }
  }
}
