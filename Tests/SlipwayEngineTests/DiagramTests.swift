import Foundation
import SlipwayEngine
import Testing

@Suite("State diagram")
struct DiagramTests {
  @Test("The diagram in the documentation is the one in the code")
  func documented() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let page = try String(contentsOf: root.appending(path: "docs/rollouts.md"), encoding: .utf8)
    let drawn = page.split(separator: "\n").filter { $0.contains("-->") }.map { $0.trimmingCharacters(in: .whitespaces) }
    let coded = RolloutPhase.allCases.flatMap { phase in phase.successors.map { "\(phase.rawValue) --> \($0.rawValue)" } }
    #expect(Set(drawn) == Set(coded))
    #expect(drawn.count == coded.count)
  }

  @Test("Every phase but the first can be reached, and every path ends")
  func reachable() {
    let reached = Set(RolloutPhase.allCases.flatMap(\.successors))
    #expect(Set(RolloutPhase.allCases).subtracting(reached) == [.pending])
    for phase in RolloutPhase.allCases { #expect(longestPath(from: phase, visited: []) < RolloutPhase.allCases.count) }
  }

  private func longestPath(from phase: RolloutPhase, visited: Set<RolloutPhase>) -> Int {
    guard !visited.contains(phase) else { return .max / 2 }
    return phase.successors.map { 1 + longestPath(from: $0, visited: visited.union([phase])) }.max() ?? 0
  }
}
