import Foundation
import SlipwayModel
import SlipwayPorts

@testable import SlipwayKubernetes

/// A folder with what a registry's user has: Docker's configuration, credential helpers, trusted certificates.
struct RegistrySite: Sendable {
  let folder: URL

  /// A site that is removed at the end, and a client that is closed.
  static func with<Result>(
    config: String? = nil, _ body: (RegistrySite, ImageRegistry) async throws -> Result
  ) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "slipway-registry-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder.appending(path: "certs.d"), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let site = RegistrySite(folder: folder)
    if let config { try site.write(config, to: "config.json") }
    let registry = ImageRegistry(
      clock: TickingClock(), environment: ["DOCKER_CONFIG": folder.path, "PATH": "\(folder.path):/usr/bin:/bin"],
      certificateFolders: [folder.appending(path: "certs.d").path])
    do {
      let result = try await body(site, registry)
      await registry.close()
      return result
    } catch {
      await registry.close()
      throw error
    }
  }

  func write(_ text: String, to name: String) throws {
    try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
  }

  /// A program that Docker's configuration may name.
  func helper(_ name: String, _ script: String) throws {
    try write("#!/bin/sh\n\(script)\n", to: "docker-credential-\(name)")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: folder.appending(path: "docker-credential-\(name)").path)
  }
}

/// The real time.
struct TickingClock: EngineClock {
  func now() -> Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
  func sleep(for span: TimeSpan) async throws { try await Task.sleep(for: span.duration) }
}

/// The error that something ends with; `nil` when it does not.
func slipwayError(_ body: () async throws -> some Any) async throws -> SlipwayError? {
  do {
    _ = try await body()
    return nil
  } catch let error as SlipwayError {
    return error
  }
}
