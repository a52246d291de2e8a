import Foundation
import SlipwayConfig
import SlipwayModel
import Testing

@Suite("The example configurations")
struct ExampleTests {
  static let folder = DocumentationTests.page.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Examples")

  static func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }.sorted()
  }

  @Test("There is one for each strategy and one for each of the five systems")
  func all() throws {
    #expect(
      try Set(Self.names()).isSuperset(of: [
        "agent-platform.yaml", "audit-trail-api.yaml", "audit-trail-runbook.yaml", "blue-green.yaml", "canary.yaml",
        "evaluation-sandbox.yaml",
        "rolling.yaml", "tiny-transformer.yaml",
      ]))
  }

  @Test("Each loads without a word and can be deployed with this version", arguments: try ExampleTests.names())
  func loads(name: String) throws {
    let bytes = Array(try Data(contentsOf: Self.folder.appendingPathComponent(name)))
    let file = ConfigurationFile(bytes: bytes, file: name)
    #expect(file.report == "")
    let project = try #require(file.project)
    #expect(project.environments.allSatisfy { $0.unsupported.isEmpty && !$0.listen.isEmpty })
  }
}
