import Foundation

/// What `Package.swift` says about the targets, read from its text.
struct Manifest {
  struct Target: Equatable {
    let name: String
    /// Names of targets, and of the constants that stand for products of packages.
    let dependencies: Set<String>
    let isTest: Bool
    /// Where its sources lie, relative to the root.
    let folder: String
  }

  let targets: [Target]
  /// The module that each constant such as `nioCore` gives, by the constant's name.
  let modules: [String: String]
  /// `.package(…)` lines that do not name an exact version.
  let inexactPackages: [String]

  init(_ text: String) {
    // Read from the text, as strings carry the names; there are no comments with braces or brackets in the targets.
    let constants = text.matches(of: /let (\w+) = Target\.Dependency\.product\(name: "(\w+)"/)
    modules = Dictionary(uniqueKeysWithValues: constants.map { (String($0.1), String($0.2)) })
    inexactPackages = text.split(separator: "\n").map(String.init).filter { $0.contains(".package(") && !$0.contains("exact:") }
    let start = text.range(of: "targets: [\n    //")?.lowerBound ?? text.range(of: "  targets: [\n")?.lowerBound ?? text.startIndex
    let calls = text[start...].matches(of: /(module|tests|\.executableTarget|\.target|\.testTarget)\(\s*(?:name: )?"(\w+)"/)
    targets = calls.map { call in
      let rest = text[call.range.upperBound...]
      let end = rest.firstMatch(of: /\n    (module|tests|\.executableTarget|\.target|\.testTarget|\/\/)|\n  \]/)?.range.lowerBound
      let arguments = rest[..<(end ?? rest.endIndex)]
      let isTest = call.1.lowercased().contains("test")
      let path = arguments.firstMatch(of: /path: "([^"]+)"/).map { String($0.1) }
      return Target(
        name: String(call.2), dependencies: Self.dependencies(in: arguments), isTest: isTest,
        folder: path ?? (isTest ? "Tests/" : "Sources/") + call.2)
    }
  }

  /// The names in the first list of brackets.
  private static func dependencies(in text: Substring) -> Set<String> {
    guard let open = text.firstIndex(of: "["), let close = text.firstIndex(of: "]") else { return [] }
    let names = text[text.index(after: open)..<close].split(separator: ",").map {
      $0.trimmingCharacters(in: CharacterSet(charactersIn: "\" \n"))
    }
    return Set(names.filter { !$0.isEmpty })
  }

  func dependencies(of target: String) -> Set<String> { targets.first { $0.name == target }?.dependencies ?? [] }
}
