import Foundation
import SlipwayModel
import Testing

@testable import SlipwayLocal

/// A new folder that is removed afterwards.
func withFolder<T>(_ body: (String) async throws -> T) async throws -> T {
  let path = "/tmp/slipway-test-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
  try Files.makeFolder(path)
  do {
    let result = try await body(path)
    try Files.remove(path)
    return result
  } catch {
    try? Files.remove(path)
    throw error
  }
}

/// Writes a file with its folders.
func put(_ text: String, at path: String, executable: Bool = false) throws {
  if let parent = Files.parent(of: path) { try Files.makeFolder(parent) }
  try Files.write(Array(text.utf8), to: path, mode: executable ? 0o755 : 0o644)
}

func text(at path: String) throws -> String {
  String(decoding: try #require(try Files.read(path)), as: UTF8.self)
}

/// An executable of this package, which is built beside the test bundle.
func built(_ name: String) throws -> String {
  var folder = Bundle(for: Marker.self).bundleURL
  while folder.path != "/" {
    let candidate = folder.appendingPathComponent(name)
    if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate.path }
    folder.deleteLastPathComponent()
  }
  folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
  return folder.appendingPathComponent(name).path
}

private final class Marker {}

/// Waits until a condition holds, and fails the test when it does not within the time.
func eventually(
  within limit: TimeSpan = .seconds(20), _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation,
  _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit.duration
  while ContinuousClock.now < deadline {
    if try await condition() { return }
    try await Task.sleep(for: .milliseconds(20))
  }
  Issue.record(what, sourceLocation: sourceLocation)
  throw Expired()
}

struct Expired: Error {}

/// The code of the `SlipwayError` that a call throws.
func code(_ work: () async throws -> some Any) async throws -> String? {
  do {
    _ = try await work()
    return nil
  } catch let error as SlipwayError {
    return error.code.rawValue
  }
}
