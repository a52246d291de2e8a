/// Which declarations need a comment that says what they mean.
enum Documentation {
  /// Members that a protocol of the standard library explains better than a comment could.
  private static var selfExplaining: Regex<(Substring, Substring)> {
    /\b(var description\b|func encode\(to |init\(from |func hash\(into |static func [<>=+*\/-]+|var rawValue\b|var codingKey\b|init\(rawValue)/
  }

  /// `package` declarations without `///` above. An initialiser that only takes the stored properties needs none.
  static func violations(in file: SwiftFile) -> [Violation] {
    file.codeLines.enumerated().compactMap { number, line in
      guard line.contains("package "), line.contains(/^\s*(@\w+ )?package (?!import)/), !line.contains(selfExplaining),
        !line.contains(/\binit[(<?]/)
      else { return nil }
      var above = number - 1
      // Attributes such as @discardableResult stand between the comment and the declaration.
      while above >= 0, file.lines[above].contains(/^\s*@/) { above -= 1 }
      guard above >= 0, file.lines[above].contains(/^\s*\/\/\//) else {
        return Violation(path: file.path, line: number + 1, message: "say what it means: \(line.trimmingPrefix(/\s+/))")
      }
      return nil
    }
  }

  /// Whether a violation is about a stored property: the type's own comment often says enough about it.
  static func isStoredProperty(_ violation: Violation) -> Bool {
    violation.message.contains(/: package (static )?(private\(set\) )?(let|var) [^{]*$/)
  }
}

/// The codes of errors, and the page that explains each.
enum ErrorCodes {
  /// Codes that a file declares: in an extension of `SlipwayError.Code`, or by `Code("…")` anywhere.
  static func declared(in file: SwiftFile) -> Set<String> {
    var codes = Set(file.text.matches(of: /(?:^|\W)Code\("([a-z0-9-]+)"\)/).map { String($0.1) })
    var isInside = false
    for (code, line) in zip(file.codeLines, file.lines) {
      if code.hasPrefix("extension SlipwayError.Code") { isInside = true }
      if code.hasPrefix("}") { isInside = false }
      guard isInside, let match = line.firstMatch(of: /(?:Self|\.init|Code)\("([a-z0-9-]+)"\)|rawValue: "([a-z0-9-]+)"\)/) else {
        continue
      }
      codes.insert(String(match.1 ?? match.2 ?? ""))
    }
    return codes
  }

  /// Codes that a page has a section for: `## port-in-use`, with or without backticks.
  static func documented(in markdown: String) -> Set<String> {
    Set(markdown.matches(of: /(?m)^#{2,3} `?([a-z0-9-]+)`?\s*$/).map { String($0.1) })
  }
}
