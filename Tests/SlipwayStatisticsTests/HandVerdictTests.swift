import Foundation
import SlipwayStatistics
import Testing

/// The verdict that docs/statistics.md follows by hand.
@Suite("One verdict, followed by hand")
struct HandVerdictTests {
  @Test("The figures on the page are those of the code, to every digit printed")
  func page() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let page = try String(contentsOf: root.appending(path: "docs/statistics.md"), encoding: .utf8)
    let reference = ComparisonReference(blocks: [ReferenceBlock(requests: 9999, events: 99)], histogram: [])
    #expect(reference.errors.rate == 0.01)
    var comparison = SequentialComparison(reference: reference)
    comparison.observe(candidate: SlotCounts(requests: 500, errors: 14), stable: SlotCounts(requests: 500, errors: 5))
    let first = comparison
    comparison.observe(candidate: SlotCounts(requests: 500, errors: 16), stable: SlotCounts(requests: 500, errors: 4))
    let ratios = ["1.5", "2.5", "5", "2", "4", "11", "51"]
    for (index, ratio) in ratios.enumerated() {
      let cells = [first, comparison].flatMap { state in
        let component = state.components[index]
        return [component.latestLogEValue, component.logWealth, exp(component.logWealth) / 7].map(Self.text)
      }
      let row = "| \(first.components[index].name) | \(ratio) | \(cells.joined(separator: " | ")) |"
      #expect(page.contains(row), "missing: \(row)")
    }
    let (before, after) = (Self.text(exp(first.logEvidence)), Self.text(exp(comparison.logEvidence)))
    #expect(page.contains("| **E** | | | | **\(before)** | | | **\(after)** |"))
    #expect(after == "120.2865" && Self.text(comparison.pValue) == "0.0083")
    var later = comparison
    later.observe(candidate: SlotCounts(requests: 500, errors: 0), stable: SlotCounts(requests: 500, errors: 20))
    #expect(later.logEvidence < 0 && Self.text(later.pValue) == "0.0083", "the most that it was counts")
    #expect(!first.rejects(alpha: 0.01))
    #expect(comparison.rejects(alpha: 0.01))
    #expect(comparison.leading?.name == "errors +3 % of requests")
  }

  private static func text(_ value: Double) -> String {
    String(format: "%.4f", value).replacingOccurrences(of: "-", with: "−")
  }
}
