import Foundation

/// What a finished command left behind.
package struct Finished: Sendable {
  package let status: Int32
  package let output: String
  package let errors: String

  /// The one JSON document on standard output.
  package func json() throws -> [String: Any] {
    guard let object = try? JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any] else {
      throw SiteError("not a JSON object: \(output)\n\(errors)")
    }
    return object
  }
}

/// What went wrong with a site, in words.
package struct SiteError: Error, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}

/// The real programs, as the package built them beside the tests.
package enum Program {
  package static let folder: URL = {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: bundle).deletingLastPathComponent()
  }()

  package static var slipway: URL { folder.appending(path: "slipway") }
  package static var answerService: URL { folder.appending(path: "answer-service") }

  /// Starts a program with its output going to files, so that no pipe can fill up.
  package static func start(
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

  /// Waits without holding a thread.
  ///
  /// - Throws: `SiteError` when the time is up; the process is killed then.
  package static func finish(_ process: Process, output: URL, within seconds: Double = 60) async throws -> Finished {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while process.isRunning {
      if ContinuousClock.now > deadline {
        kill(process.processIdentifier, SIGKILL)
        let said = (try? String(contentsOfFile: output.path + ".err", encoding: .utf8)) ?? ""
        throw SiteError("\(process.arguments ?? []) did not end within \(seconds) s; it said: \(said)")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    return Finished(
      status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOfFile: output.path + ".err", encoding: .utf8))
  }
}
