/// Threads of other projects, as pages and names of tests cite them: `argo #1, #2, PR #3, flagger #4`.
enum PeerThreads {
  /// Where each is cited in text that consists of nothing else, or begins with it up to a colon.
  static func cited(in text: String) -> [String] {
    guard let list = text.prefixMatch(of: /(?:(?:(?:argo|flagger|linkerd2)\s)?(?:PR\s)?#\d+(?:,\s)?)+/) else { return [] }
    var project = ""
    return list.0.split(separator: ", ").compactMap { part in
      if let match = part.prefixMatch(of: /(?:argo|flagger|linkerd2)\s/) { project = String(match.0) }
      guard let number = part.firstMatch(of: /#\d+/), !project.isEmpty else { return nil }
      return project + number.0
    }
  }

  /// A row of the page.
  struct Row: Sendable {
    let threads: [String]
    /// Tests that it names in “…”.
    let tests: [String]
    /// Why the threads can't happen here; `nil` where tests show it.
    let reason: String?
  }

  static func rows(in page: String) -> [Row] {
    page.split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|").map { String($0.trimmingPrefix(/\s+/)) }
      guard cells.count >= 3, !cited(in: cells[0]).isEmpty else { return nil }
      let isExempt = cells[2].hasPrefix("Can't apply: ")
      return Row(threads: cited(in: cells[0]), tests: NamedTests.named(in: cells[2]), reason: isExempt ? cells[2] : nil)
    }
  }
}
