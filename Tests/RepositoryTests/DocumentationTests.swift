import Foundation
import Testing

@Suite("The documentation")
struct DocumentationTests {
  /// How many declarations of a module may still lack a comment: types, functions and computed properties first, stored
  /// properties second. A number here only ever goes down.
  static let undocumented = ["SlipwayModel": [0, 55], "SlipwayPorts": [0, 20], "SlipwayEngine": [36, 60]]

  @Test("What crosses modules says what it means", arguments: ["SlipwayModel", "SlipwayPorts", "SlipwayEngine"])
  func comments(module: String) {
    let found = Repository.sources.filter { $0.module == module }.flatMap(Documentation.violations)
    let properties = found.filter(Documentation.isStoredProperty)
    let others = found.filter { !Documentation.isStoredProperty($0) }
    let allowed = Self.undocumented[module, default: [0, 0]]
    #expect(others.count <= allowed[0], "\(list(others))")
    #expect(properties.count <= allowed[1], "\(list(properties))")
  }

  @Test("Every error code has a section in docs/errors.md, and every section a code")
  func errorCodes() throws {
    let page = try #require(Repository.files.first { $0.path == "docs/errors.md" })
    let declared = Repository.sources.reduce(into: Set<String>()) { $0.formUnion(ErrorCodes.declared(in: $1)) }
    let documented = ErrorCodes.documented(in: page.text)
    #expect(declared.count > 10, "the codes were not found")
    #expect(declared.subtracting(documented).sorted() == [], "codes without a section")
    #expect(documented.subtracting(declared).sorted() == [], "sections without a code")
  }

  @Test("Every answer that the proxy gives itself is explained in docs/errors.md")
  func proxyAnswers() throws {
    let page = try #require(Repository.files.first { $0.path == "docs/errors.md" })
    let source = try #require(Repository.files.first { $0.path == "Sources/SlipwayProxy/Messages/OwnAnswer.swift" })
    let codes = Set(source.text.matches(of: /code: "([a-z0-9-]+)"/).map { String($0.1) })
    let rows = Set(page.text.matches(of: /(?m)^\| `([a-z0-9-]+)` \|/).map { String($0.1) }).subtracting([
      "input", "refused", "human", "broken",
    ])
    #expect(codes.count > 5, "the answers were not found")
    #expect(codes == rows)
  }

  @Test("Links lead somewhere, and files that are named exist")
  func links() {
    let pages = Repository.files.filter { $0.path.hasSuffix(".md") }
    let anchors = Dictionary(uniqueKeysWithValues: pages.map { ($0.path, Markdown.anchors(of: $0.text)) })
    let found = pages.flatMap {
      Markdown.deadLinks(in: $0, exists: Repository.exists, headings: { anchors[$0, default: []] })
    }
    #expect(pages.count > 5, "the pages were not found")
    #expect(found.isEmpty, "\(list(found))")
  }

  @Test("Pages that messages and comments send the reader to exist")
  func namedPages() {
    let files = Repository.files.filter { !$0.path.hasSuffix(".md") && !$0.path.hasPrefix("Tests/RepositoryTests/") }
    let found = files.filter { $0.text.contains("docs/") }.flatMap { file in
      file.text.matches(of: /docs\/[\w\/-]+\.md/).map { String($0.0) }.filter { !Repository.exists($0) }
        .map { Violation(path: file.path, message: "there is no \($0)") }
    }
    #expect(found.isEmpty, "\(list(found))")
  }

  @Test("Every guarantee names a test that exists")
  func guarantees() throws {
    let page = try #require(Repository.files.first { $0.path == "ARCHITECTURE.md" })
    let tests = Repository.files(below: "Tests/").reduce(into: Set<String>()) { $0.formUnion(NamedTests.declared(in: $1.text)) }
    let named = NamedTests.named(in: page.text)
    #expect(named.count >= 10, "the guarantees were not found")
    #expect(named.filter { !tests.contains($0) } == [])
  }

  @Test("docs/README.md leads to every page")
  func index() throws {
    let index = try #require(Repository.files.first { $0.path == "docs/README.md" })
    let pages = Repository.files(below: "docs/", ending: ".md").map(\.path).filter { $0 != index.path }
    let missing = pages.filter { !index.text.contains("](\($0.dropFirst("docs/".count)))") }
    #expect(missing == [])
  }

  @Test("The README names the two commands")
  func commands() throws {
    let readme = try #require(Repository.files.first { $0.path == "README.md" })
    #expect(readme.text.contains("make demo"))
    #expect(readme.text.contains("make test"))
  }
}
