import Foundation
import Testing

@Suite("A simulated run in processes of its own")
struct ProcessTests {
  /// Hash tables of each process have an order of their own: what depends on one shows here and nowhere else.
  @Test("Two processes print the same trace of a seed with eight faults, byte for byte", arguments: [1, 2, 3, 68])
  func processes(seed: Int) async throws {
    async let first = Self.output(["0", "\(seed)", "all", "8"])
    async let second = Self.output(["0", "\(seed)", "all", "8"])
    let (one, other) = try await (first, second)
    #expect(one == other)
    #expect(one.count > 5000)
  }

  private static func output(_ arguments: [String]) async throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("simulation-benchmark")
    process.arguments = arguments
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("simulation-\(UUID().uuidString)")
    defer { unlink(file.path) }
    try Data().write(to: file)
    process.standardOutput = try FileHandle(forWritingTo: file)
    try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
      process.terminationHandler = { _ in ended.resume() }
      do { try process.run() } catch { ended.resume(throwing: error) }
    }
    return try Data(contentsOf: file)
  }
}
