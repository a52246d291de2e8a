import Foundation

/// Rules about single lines of Swift.
enum CodeRules {
  /// `Task { … }`, `Task(priority:) { … }` and `Task.detached`: nobody owns such a task, nobody waits for it, nobody can cancel it.
  static func unstructuredTasks(in file: SwiftFile) -> [Violation] {
    matches(
      of: /(?:^|\W)Task(\.detached|\.init|\s*\{|\s*\([^)]*\)\s*\{|\s*<[^>]*>\s*\{)/, in: file, near: ["Task"],
      "use a task group that something owns")
  }

  /// A `default:` hides the case that is added next year.
  static func defaults(in file: SwiftFile) -> [Violation] {
    matches(of: /(^|\s)(@unknown )?default:/, in: file, near: ["default:"], "list every case")
  }

  static func publicDeclarations(in file: SwiftFile) -> [Violation] {
    matches(
      of: /(?:^|\s)(?:public|open) (?:actor|class|enum|extension|final|func|init|internal|let|protocol|static|struct|typealias|var)/,
      in: file, near: ["public ", "open "], "nothing here is a library for others: use package")
  }

  static func discardedErrors(in file: SwiftFile) -> [Violation] {
    matches(of: /(?:^|\W)try\?/, in: file, near: ["try?"], "let the error through, or say in a comment why it does not matter")
  }

  /// Those without a comment on the line or in the three above.
  static func forceUnwraps(in file: SwiftFile) -> [Violation] {
    let found = matches(
      of: /[\w\)\]"]!(?!=)|\Was!|(?:^|\W)try!/, in: file, near: ["!"], "unwrap with guard or #require, or prove it in a comment")
    return found.filter { violation in
      !file.lines[max(0, violation.line - 4)..<violation.line].contains { $0.contains("//") }
    }
  }

  static func crashes(in file: SwiftFile) -> [Violation] {
    matches(
      of: /(?:^|\W)(?:fatalError|preconditionFailure|precondition|assertionFailure)\(/, in: file,
      near: ["fatalError(", "Failure(", "precondition("],
      "throw a SlipwayError: a crash takes all rollouts along")
  }

  /// Tests read as a specification: each has a sentence for a name.
  static func unnamedTests(in file: SwiftFile) -> [Violation] {
    file.codeLines.enumerated().compactMap { number, line in
      guard line.contains("@Test"), let match = line.firstMatch(of: /@Test\b\s*(\(?)\s*(.?)/) else { return nil }
      let next =
        match.2.isEmpty && !match.1.isEmpty ? file.codeLines.dropFirst(number + 1).first?.trimmingPrefix(/\s+/).first : match.2.first
      return match.1 == "(" && next == "\""
        ? nil : Violation(path: file.path, line: number + 1, message: "give the test a sentence as its name")
    }
  }

  /// Words in any text file that promise what is not there.
  static func promises(in file: Repository.File) -> [Violation] {
    lines(of: file, near: ["TODO", "FIXME", "XXX"], containing: /(?:^|\W)(?:TODO|FIXME|XXX)(?:$|\W)/, "do it, or open an issue")
  }

  /// Paths that exist on one machine only.
  static func machinePaths(in file: Repository.File) -> [Violation] {
    lines(
      of: file, near: ["/home/", "/Users/", "/root/", "/work/", "/mnt/"], containing: /(^|[\s"'`=(:])\/(home|Users|root|work|mnt)\//,
      "a path of one machine: make it relative")
  }

  private static func lines(
    of file: Repository.File, near words: [String], containing pattern: some RegexComponent, _ message: String
  ) -> [Violation] {
    guard words.contains(where: file.text.contains) else { return [] }
    return file.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { number, line in
      line.contains(pattern) ? Violation(path: file.path, line: number + 1, message: message) : nil
    }
  }

  /// - Parameter words: a match holds one of these. Looking for them first makes the whole run ten times as fast.
  private static func matches(
    of pattern: some RegexComponent, in file: SwiftFile, near words: [String], _ message: String
  ) -> [Violation] {
    guard words.contains(where: file.code.contains) else { return [] }
    return file.codeLines.enumerated().filter { line in words.contains { line.element.contains($0) } }.flatMap { number, line in
      line.matches(of: pattern).map { _ in Violation(path: file.path, line: number + 1, message: message) }
    }
  }
}
