import Foundation
import Testing

/// What a finished command left behind.
struct Finished: Sendable {
  let status: Int32
  let output: String
  let errors: String

  /// The one JSON document on standard output.
  func json() throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any], "not a JSON object: \(output)\n\(errors)")
  }
}

/// The real programs, as the package built them beside the tests.
enum Program {
  static let folder: URL = {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: bundle).deletingLastPathComponent()
  }()

  static var slipway: URL { folder.appending(path: "slipway") }
  static var answerService: URL { folder.appending(path: "answer-service") }

  /// Starts a program with its output going to files, so that no pipe can fill up.
  static func start(
    _ executable: URL, _ arguments: [String], in working: URL, environment: [String: String] = [:], output: URL
  ) throws -> Process {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = working
    process.environment = ProcessInfo.processInfo.environment
      .merging(["NO_COLOR": "1"]) { $1 }.merging(environment) { $1 }
    FileManager.default.createFile(atPath: output.path, contents: nil)
    FileManager.default.createFile(atPath: output.path + ".err", contents: nil)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: output.path + ".err"))
    try process.run()
    return process
  }

  /// Waits without holding a thread; kills the process when the time is up.
  static func finish(_ process: Process, output: URL, within seconds: Double = 60) async throws -> Finished {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while process.isRunning {
      if ContinuousClock.now > deadline {
        kill(process.processIdentifier, SIGKILL)
        Issue.record("\(process.arguments ?? []) did not end within \(seconds) s")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    return Finished(
      status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOfFile: output.path + ".err", encoding: .utf8))
  }
}
