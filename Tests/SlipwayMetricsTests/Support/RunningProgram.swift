import Foundation
import NIOConcurrencyHelpers

/// A real program, ended by its process id.
final class RunningProgram: Sendable {
  private let process: NIOLockedValueBox<Process>
  private let output = NIOLockedValueBox("")
  private let ended: AsyncStream<Int32>

  init(_ path: String, _ arguments: [String], environment: [String: String] = ProcessInfo.processInfo.environment, folder: URL? = nil)
    throws
  {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = environment
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    let (ended, continuation) = AsyncStream.makeStream(of: Int32.self)
    self.ended = ended
    process.terminationHandler = {
      continuation.yield($0.terminationStatus)
      continuation.finish()
    }
    self.process = NIOLockedValueBox(process)
    let output = self.output
    pipe.fileHandleForReading.readabilityHandler = { handle in
      let bytes = handle.availableData
      if bytes.isEmpty { handle.readabilityHandler = nil }
      output.withLockedValue { $0 += String(decoding: bytes, as: UTF8.self) }
    }
    try process.run()
  }

  var log: String { output.withLockedValue { $0 } }

  /// Its exit status, once it has ended.
  func status() async -> Int32? {
    for await status in ended { return status }
    return nil
  }

  /// Ends it, and returns when it is gone.
  func stop() async {
    process.withLockedValue { if $0.isRunning { _ = kill($0.processIdentifier, SIGKILL) } }
    _ = await status()
  }
}

struct NotThere: Error, CustomStringConvertible {
  let description: String
}

/// Looks again and again until something is so.
func eventually(_ what: String, within limit: Duration = .seconds(15), _ isSo: () async throws -> Bool) async throws {
  let deadline = ContinuousClock.now + limit
  while ContinuousClock.now < deadline {
    if try await isSo() { return }
    try await Task.sleep(for: .milliseconds(50))
  }
  throw NotThere(description: "not within \(limit): \(what)")
}

/// A folder that is removed at the end.
func withFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "slipway-metrics-tests-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(folder)
}
