import Foundation
import NIOConcurrencyHelpers

/// The example service as a real process on a free port, ended by its process id.
final class AnswerServiceProcess: Sendable {
  /// How a process ended: its exit status, or the signal that ended it.
  enum End: Equatable { case exit(Int32), signal(Int32) }

  private let process: NIOLockedValueBox<Process>
  private let output = NIOLockedValueBox("")
  private let ends: AsyncStream<End>

  /// - Parameter switches: environment variables of the service; the port is chosen by the system unless given.
  init(_ switches: [String: String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0])
      .resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent("answer-service")
    process.environment = ["PORT": "0"].merging(switches) { _, given in given }
    let pipe = Pipe()
    process.standardOutput = pipe
    let (ends, continuation) = AsyncStream.makeStream(of: End.self)
    self.ends = ends
    process.terminationHandler = { ended in
      continuation.yield(ended.terminationReason == .exit ? .exit(ended.terminationStatus) : .signal(ended.terminationStatus))
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

  /// What it printed up to now.
  var log: String { output.withLockedValue { $0 } }

  /// The port it listens on, as soon as it says so.
  func port() async throws -> Int {
    for _ in 0..<500 {
      if let match = log.firstMatch(of: /listens on [^:]+:(\d+)/), let port = Int(match.1) { return port }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw NotListening(log: log)
  }

  struct NotListening: Error { let log: String }

  func send(_ signal: Int32) { _ = process.withLockedValue { kill($0.processIdentifier, signal) } }

  /// Waits until it has ended.
  func end() async -> End? {
    for await end in ends { return end }
    return nil
  }

  /// Runs `body` with the service, and ends the service whatever happens.
  static func running<Result>(_ switches: [String: String], _ body: (AnswerServiceProcess) async throws -> Result) async throws -> Result {
    let service = try AnswerServiceProcess(switches)
    defer { if service.process.withLockedValue({ $0.isRunning }) { service.send(SIGKILL) } }
    return try await body(service)
  }
}
