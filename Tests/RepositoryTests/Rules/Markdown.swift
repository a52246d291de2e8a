import Foundation

/// Links of the documentation.
enum Markdown {
  /// Links and named files that lead nowhere. `exists` is asked with a path from the root; `headings` with a path gives the
  /// anchors of that page.
  static func deadLinks(
    in file: Repository.File, exists: (String) -> Bool, headings: (String) -> Set<String>
  ) -> [Violation] {
    let folder = file.path.split(separator: "/").dropLast().joined(separator: "/")
    return numberedLines(of: file.text).flatMap { number, line -> [Violation] in
      let links = line.matches(of: /\]\(([^)\s]+)\)/).map { String($0.1) }.filter { !$0.contains("://") && !$0.hasPrefix("mailto:") }
      let dead = links.filter { link in
        let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let target = parts[0].isEmpty ? file.path : resolve(parts[0], from: folder)
        if !exists(target) { return true }
        return parts.count == 2 && target.hasSuffix(".md") && !headings(target).contains(parts[1])
      }
      let named = line.matches(of: /`((?:Sources|Tests|Examples|Benchmarks|docs|scripts)\/[\w\/.+-]*)`/).map { String($0.1) }
      return (dead + named.filter { !exists($0) }).map { Violation(path: file.path, line: number, message: "there is no \($0)") }
    }
  }

  /// The anchors of a page, as GitHub makes them from headings.
  static func anchors(of text: String) -> Set<String> {
    Set(
      numberedLines(of: text).compactMap { _, line -> String? in
        guard let match = line.firstMatch(of: /^#{1,6} +(.+?)\s*$/) else { return nil }
        let kept = match.1.lowercased().filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_" }
        return kept.replacingOccurrences(of: " ", with: "-")
      })
  }

  /// Lines outside of fenced code, from 1.
  private static func numberedLines(of text: String) -> [(Int, Substring)] {
    var isFenced = false
    return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { number, line in
      if line.contains(/^\s*```/) {
        isFenced.toggle()
        return nil
      }
      return isFenced ? nil : (number + 1, line)
    }
  }

  private static func resolve(_ link: String, from folder: String) -> String {
    var parts = folder.split(separator: "/").map(String.init)
    for part in link.split(separator: "/").map(String.init) {
      if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
    }
    return parts.joined(separator: "/")
  }
}

/// Rules for shell scripts.
enum Scripts {
  static func violations(in file: Repository.File) -> [Violation] {
    var found: [Violation] = []
    if !file.text.hasPrefix("#!/usr/bin/env bash\n") {
      found.append(Violation(path: file.path, line: 1, message: "begin with #!/usr/bin/env bash"))
    }
    if !file.text.contains("\nset -euo pipefail\n") {
      found.append(Violation(path: file.path, message: "set -euo pipefail is missing"))
    }
    for (number, line) in file.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    where line.contains(/^exit 0\s*$/) {
      found.append(Violation(path: file.path, line: number + 1, message: "a bare exit 0 hides what follows and what failed"))
    }
    return found
  }
}

/// Tests that a page names in “…”.
enum NamedTests {
  static func named(in markdown: String) -> [String] {
    markdown.matches(of: /“([^”]+)”/).map { String($0.1) }
  }

  /// The names of all tests: the first literal after `@Test(`, on the same line or the next.
  static func declared(in text: String) -> Set<String> {
    Set(text.matches(of: /@Test\(\s*"((?:[^"\\]|\\.)*)"/).map { String($0.1) })
  }
}
