import Testing

@Suite("Defects of other tools")
struct PeerThreadTests {
  private let tests = Repository.files(below: "Tests/").reduce(into: Set<String>()) { $0.formUnion(NamedTests.declared(in: $1.text)) }

  private func rows() throws -> [PeerThreads.Row] {
    PeerThreads.rows(in: try #require(Repository.files.first { $0.path == "docs/kubernetes/peer-defects.md" }).text)
  }

  @Test("Every thread of the page names tests that exist, and a test is named after it, or the page says why it can't apply")
  func page() throws {
    let rows = try rows()
    let cited = Set(tests.flatMap { PeerThreads.cited(in: $0) })
    #expect(rows.count > 30, "the threads were not found")
    #expect(rows.flatMap(\.tests).filter { !tests.contains($0) } == [], "tests that don't exist")
    #expect(rows.filter { $0.reason == nil && $0.tests.isEmpty }.flatMap(\.threads) == [], "threads without a test and without a reason")
    #expect(
      rows.filter { $0.reason == nil }.flatMap(\.threads).filter { !cited.contains($0) } == [], "threads after which no test is named")
  }

  @Test("Every thread that a test is named after is in the page")
  func names() throws {
    let known = Set(try rows().flatMap(\.threads))
    let missing = tests.flatMap { PeerThreads.cited(in: $0) }.filter { !known.contains($0) }
    #expect(Set(missing).sorted() == [])
  }

  @Test("A list of threads carries its project on, and ends where words begin")
  func lists() {
    #expect(PeerThreads.cited(in: "argo #1, PR #2, flagger #3: that") == ["argo #1", "argo #2", "flagger #3"])
    #expect(PeerThreads.cited(in: "A test about argo #1") == [])
  }
}
