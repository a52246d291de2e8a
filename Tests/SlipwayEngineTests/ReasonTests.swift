import Foundation
import SlipwayEngine
import SlipwayModel
import Testing

@Suite("Reasons")
struct ReasonTests {
  @Test("Every reason that the engine can give is explained in the documentation")
  func documented() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let page = try String(contentsOf: root.appending(path: "docs/rollouts.md"), encoding: .utf8)
    let sources = try #require(
      FileManager.default.enumerator(at: root.appending(path: "Sources/SlipwayEngine"), includingPropertiesForKeys: nil))
    var codes = [
      Reason.guardrail, Reason.health, Reason.crashLoop, Reason.notReady, "error-rate", "latency", "aborted", "rolled-back-by-hand",
    ]
    for case let file as URL in sources where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      codes += text.matches(of: /Reason\(\s*"([a-z-]+)"/).map { String($0.1) }
    }
    #expect(codes.count > 10)
    for code in codes { #expect(page.contains("`\(code)`"), "docs/rollouts.md does not explain \(code)") }
  }
}
