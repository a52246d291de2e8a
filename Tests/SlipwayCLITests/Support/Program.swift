import Foundation
import Testing

/// The program as the package built it beside the tests, run in a temporary folder.
struct Program: Sendable {
  struct Finished: Sendable {
    let status: Int32
    let output: String
    let errors: String

    var json: [String: Any] {
      get throws {
        try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any], "\(output)\n\(errors)")
      }
    }
  }

  let folder: URL

  /// Runs a test in a folder of its own with a file that can be deployed.
  static func with(_ file: String? = valid, _ body: (Program) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "cli-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try file?.write(to: folder.appending(path: "slipway.yaml"), atomically: true, encoding: .utf8)
    try await body(Program(folder: folder))
  }

  static let valid = """
    project: demo
    services:
      api: { artifact: app, run: ./app --port $PORT, health: { liveness: /health } }
    environments:
      local: { target: local, listen: 127.0.0.1:8000, replicas: 2 }
    strategy:
      canary:
        stages: [ { traffic: 10%, duration: 5m, success_criteria: { error_rate: "<1%" } } ]
        keep_previous: 1h

    """

  func run(_ arguments: String...) async throws -> Finished { try await run(arguments) }

  func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Finished {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
    let process = Process()
    process.executableURL = URL(fileURLWithPath: bundle).deletingLastPathComponent().appending(path: "slipway")
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let (output, errors) = (folder.appending(path: "out"), folder.appending(path: "err"))
    for file in [output, errors] { try Data().write(to: file) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    let deadline = ContinuousClock.now + .seconds(30)
    while process.isRunning {
      if ContinuousClock.now > deadline { process.terminate() }
      try await Task.sleep(for: .milliseconds(10))
    }
    return Finished(
      status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }
}
