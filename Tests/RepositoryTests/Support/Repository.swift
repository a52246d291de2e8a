import Foundation

/// The files of this repository as they lie on disk, without what was built or is ignored.
enum Repository {
  struct File: Sendable {
    /// Relative to the root, with slashes.
    let path: String
    let text: String

    var lineCount: Int { text.split(separator: "\n", omittingEmptySubsequences: false).count - (text.hasSuffix("\n") ? 1 : 0) }
  }

  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Every text file, sorted by path.
  static let files: [File] = {
    let folders = ["Sources", "Tests", "Examples", "Benchmarks", "docs", "scripts", ".ci"]
    let topLevel = [
      "Package.swift", "Makefile", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", ".swift-format",
      ".editorconfig", ".gitignore",
    ]
    let paths = topLevel + folders.flatMap(paths(below:))
    return paths.compactMap { path in
      guard let text = try? String(contentsOf: root.appendingPathComponent(path), encoding: .utf8) else { return nil }
      return File(path: path, text: text)
    }.sorted { $0.path < $1.path }
  }()

  static func files(below folder: String, ending: String = ".swift") -> [File] {
    files.filter { $0.path.hasPrefix(folder) && $0.path.hasSuffix(ending) }
  }

  /// All Swift files of the program and the example, not those of the tests.
  static var sources: [SwiftFile] { swiftFiles.filter { $0.path.hasPrefix("Sources/") || $0.path.hasPrefix("Examples/") } }

  /// Every Swift file, scanned once.
  static let swiftFiles: [SwiftFile] = files.filter { $0.path.hasSuffix(".swift") }.map { SwiftFile(path: $0.path, text: $0.text) }

  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appendingPathComponent(path).standardized.path)
  }

  private static func paths(below folder: String) -> [String] {
    let base = root.appendingPathComponent(folder)
    guard let all = FileManager.default.enumerator(atPath: base.path) else { return [] }
    return all.compactMap { $0 as? String }
      .filter { path in !path.split(separator: "/").contains { $0.hasPrefix(".build") || $0 == "__pycache__" } }
      .map { folder + "/" + $0 }
  }
}

/// One place where a rule does not hold.
struct Violation: Hashable, CustomStringConvertible {
  let path: String
  /// From 1; 0 when it is about the file as a whole.
  var line = 0
  let message: String

  var description: String { line > 0 ? "\(path):\(line): \(message)" : "\(path): \(message)" }
}

/// For a readable message: one violation a line.
func list(_ violations: [Violation]) -> String {
  "\n" + violations.map { "  \($0)" }.joined(separator: "\n")
}
