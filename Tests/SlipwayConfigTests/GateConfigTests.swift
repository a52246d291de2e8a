import Foundation
import SlipwayConfig
import SlipwayModel
import Testing

@Suite("`gates` of a file")
struct GateConfigTests {
  private func read(_ gates: String, environment: String = "listen: 127.0.0.1:8000") -> ConfigurationFile {
    ConfigurationFile(
      text: """
        project: demo
        services: { api: { artifact: dist, run: ./api } }
        environments: { local: { \(environment) } }
        \(gates)
        """, file: "slipway.yaml")
  }

  private func gates(_ file: ConfigurationFile) -> [GateSpec]? { file.project?.environments.first?.gates }

  @Test("A gate is a program or a URL; before the deployment, for five minutes, unless it says otherwise")
  func forms() {
    let file = read(
      """
      gates:
        - name: freeze
          command: [./may-deploy.sh, --strict]
        - name: load-test
          webhook: https://qa.example.com/gates
          before: promotion
          timeout: 30m
          bearer_token_env: QA_TOKEN
          headers: { X-Team: a }
      """)
    #expect(file.report == "")
    #expect(
      gates(file) == [
        GateSpec(name: Name("freeze")!, before: .deploy, timeout: .minutes(5), means: .command(["./may-deploy.sh", "--strict"])),
        GateSpec(
          name: Name("load-test")!, before: .promotion, timeout: .minutes(30),
          means: .webhook(
            url: "https://qa.example.com/gates", access: MetricAccess(bearer: .variable("QA_TOKEN"), headers: ["X-Team": "a"]))),
      ])
    #expect(file.project?.environments.first?.refusedSettings == [])
  }

  @Test("An environment's list takes the place of the base's, and an empty one takes it away")
  func overrides() {
    let base = "gates: [{ name: a, command: [./a] }]"
    #expect(gates(read(base))?.map(\.name.description) == ["a"])
    #expect(gates(read(base, environment: "listen: 127.0.0.1:1, gates: [{ name: b, command: [./b] }]"))?.map(\.name.description) == ["b"])
    let without = read(base, environment: "listen: 127.0.0.1:1, gates: []")
    #expect(without.report == "" && gates(without) == nil)
    #expect(gates(read("")) == nil)
  }

  @Test(
    "What can't work is said at its place",
    arguments: [
      ("gates: [{ name: a }]", "4:9 the gate does not say what is asked"),
      ("gates: [{ command: [./a] }]", "4:9 the gate has no name"),
      ("gates: [{ name: a, command: [./a], webhook: http://x }]", "4:36 a gate is a `command` or a `webhook`, not both"),
      ("gates: [{ name: a, webhook: http://x, command: [./a] }]", "4:39 a gate is a `command` or a `webhook`, not both"),
      ("gates: [{ name: a, command: [] }]", "4:20 `command` does not say what is run"),
      ("gates: [{ name: a, command: ./a }]", "4:29 `command` takes a list of texts, not `./a`"),
      ("gates: [{ name: a, command: [./a] }, { name: a, command: [./b] }]", "4:46 there are two gates `a`"),
      ("gates: [{ name: a, command: [./a], timeout: 0s }]", "4:45 `timeout` is `0s`, outside of 1s to 1d"),
      ("gates: [{ name: a, command: [./a], timeout: 25h }]", "4:45 `timeout` is `25h`, outside of 1s to 1d"),
      ("gates: [{ name: a, command: [./a], before: bake }]", "4:44 `before` takes one of `deploy`, `promotion`, not `bake`"),
      (
        "gates: [{ name: a, webhook: \"https://u:p@qa.example.com\" }]",
        "4:29 the URL holds a user name or password, which would stand in the journal"
      ),
      ("gates: [{ name: a, command: [./a], headers: { X-A: b } }]", "4:36 `headers` is for a `webhook`, so it does nothing here"),
      ("gates: [a]", "4:9 `gates` takes a mapping, not `a`"),
    ])
  func problems(text: String, expected: String) {
    let found = read(text).diagnostics.map { "\($0.location.line):\($0.location.column) \($0.message)" }
    #expect(found == [expected])
  }

  @Test("Every YAML block of the page loads without a word")
  func page() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let page = try String(contentsOf: root.appending(path: "docs/gates.md"), encoding: .utf8)
    let blocks = page.components(separatedBy: "```yaml\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
    #expect(blocks.count == 1)
    for block in blocks { #expect(ConfigurationFile(text: block, file: "gates.md").report == "") }
  }
}
