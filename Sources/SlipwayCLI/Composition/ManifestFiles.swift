import Foundation
import SlipwayKubernetes
import SlipwayModel

/// The files of a base of manifests: one, those of a folder, or what a Kustomize folder renders to.
struct ManifestFiles: Sendable {
  /// Absolute.
  let path: String
  /// As the file states it, for messages.
  let shown: String

  /// More than this is no base of one service.
  private static let sizeLimit = 512 << 10

  /// - Throws: `SlipwayError` with code `manifests-unreadable` or `base-unsuitable`.
  func read() async throws -> [LocatedManifest] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw Self.unreadable(
        "\(shown) is not there", remedy: "correct `manifests` under `cluster`; it is relative to the configuration file")
    }
    guard isFolder.boolValue else { return try Self.manifests(path, shown) }
    let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    if names.contains(where: { ["kustomization.yaml", "kustomization.yml", "Kustomization"].contains($0) }) {
      let text = try await KustomizeRun(folder: path, shown: shown).text()
      return try ManifestReader.manifests(in: text, source: "\(shown) (rendered)")
    }
    guard !names.contains("Chart.yaml") else {
      throw Self.unreadable(
        "\(shown) is a Helm chart, and its templates are no manifests",
        remedy: "render it with `helm template RELEASE \(shown) > \(shown)-rendered.yaml`, and name that file")
    }
    let files = names.filter { name in [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) } && !name.hasPrefix(".") }
    guard !files.isEmpty else {
      throw Self.unreadable(
        "the folder \(shown) has no .yaml, .yml or .json file", remedy: "name the folder that has; it is not searched deeper")
    }
    return try files.flatMap { try Self.manifests("\(path)/\($0)", "\(shown)/\($0)") }
  }

  private static func manifests(_ path: String, _ shown: String) throws -> [LocatedManifest] {
    let bytes: Data
    do { bytes = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw SlipwayError(
        .manifestsUnreadable, .input, "\(shown) can't be read", remedy: "make sure that it is a file that you may read", cause: error)
    }
    guard bytes.count <= sizeLimit, let text = String(bytes: bytes, encoding: .utf8) else {
      throw unreadable(
        "\(shown) is larger than \(sizeLimit >> 10) KiB, or no text in UTF-8", remedy: "give the objects of one service only")
    }
    return try ManifestReader.manifests(in: text, source: shown)
  }

  static func unreadable(_ message: String, remedy: String) -> SlipwayError {
    SlipwayError(.manifestsUnreadable, .input, message, remedy: remedy)
  }
}

/// Renders a Kustomize folder by the user's own program: `kustomize`, or else `kubectl`. There is no second implementation of its rules.
struct KustomizeRun: Sendable {
  let folder: String
  let shown: String

  func text() async throws -> String {
    let candidates = [("kustomize", ["build", folder]), ("kubectl", ["kustomize", folder])]
    guard let (program, arguments) = candidates.lazy.compactMap({ name, arguments in Self.find(name).map { ($0, arguments) } }).first else {
      throw ManifestFiles.unreadable(
        "\(shown) is a Kustomize folder, and neither `kustomize` nor `kubectl` is installed here",
        remedy: "install one of them, or render the folder elsewhere (`kubectl kustomize \(shown) > rendered.yaml`) and name that file")
    }
    let output = FileManager.default.temporaryDirectory.appending(path: "slipway-kustomize-\(UUID().uuidString)")
    // It may hold Secrets.
    guard FileManager.default.createFile(atPath: output.path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
      throw ManifestFiles.unreadable(
        "no temporary file can be made for what \(program) renders", remedy: "make room in the temporary folder")
    }
    defer { unlink(output.path) }
    let status = try await Self.run(program, arguments, output)
    guard status == 0 else {
      throw ManifestFiles.unreadable(
        "\(program) could not render \(shown): exit status \(status)",
        remedy: "`\(([program] + arguments).joined(separator: " "))` shows why")
    }
    return String(decoding: try Data(contentsOf: output), as: UTF8.self)
  }

  private static func find(_ name: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  private static func run(_ program: String, _ arguments: [String], _ output: URL) async throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    // What it complains about is for whoever runs the command.
    process.standardError = FileHandle.standardError
    return try await withCheckedThrowingContinuation { ended in
      process.terminationHandler = { ended.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch {
        process.terminationHandler = nil
        ended.resume(throwing: error)
      }
    }
  }
}

extension SlipwayError.Code {
  static let manifestsUnreadable = SlipwayError.Code("manifests-unreadable")
}
