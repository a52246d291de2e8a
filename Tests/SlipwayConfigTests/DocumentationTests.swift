import Foundation
import SlipwayConfig
import Testing

@Suite("docs/formats/config.md says what the reader does")
struct DocumentationTests {
  static let page = ScenarioFile.folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("docs/formats/config.md")

  private func text() throws -> String {
    String(decoding: try Data(contentsOf: Self.page), as: UTF8.self)
  }

  // MARK: Keys

  private static let begin = "<!-- tables: written by the tests with SLIPWAY_RECORD=1 from Sources/SlipwayConfig/Keys -->\n"
  private static let end = "<!-- end of tables -->\n"

  private static func cell(_ text: String) -> String {
    text.replacingOccurrences(of: "|", with: "\\|")
  }

  static func table(of scope: Scope) -> String {
    let rows = scope.keys.map { key in
      let support =
        switch key.support {
        case .full: ""
        case .none: " *Not done by this version.*"
        case .only(let values): " *Done by this version only for " + values.map { "`\($0)`" }.joined(separator: ", ") + ".*"
        }
      let cells = ["`\(key.name)`", key.kind.words, key.fallback, key.kind.bounds, "`\(key.example)`", key.meaning + support]
      return "| " + cells.map(cell).joined(separator: " | ") + " |\n"
    }
    let head = "| key | takes | default | bounds | example | meaning |\n| --- | --- | --- | --- | --- | --- |\n"
    return "### \(scope.path == Scope.root.path ? "The top of the file" : "`\(scope.path)`")\n\n" + head + rows.joined()
  }

  @Test("The tables name every key that the checker knows, and no other")
  func tables() throws {
    let page = try text()
    let start = try #require(page.range(of: Self.begin))
    let stop = try #require(page.range(of: Self.end))
    let tables = Scope.allCases.map(Self.table).joined(separator: "\n")
    if ScenarioTests.isRecording, page[start.upperBound..<stop.lowerBound] != "\n" + tables + "\n" {
      let recorded = page[..<start.upperBound] + "\n" + tables + "\n" + page[stop.lowerBound...]
      try Data(recorded.utf8).write(to: Self.page, options: .atomic)
      Issue.record("recorded the tables of config.md; look at the change and run again without SLIPWAY_RECORD")
      return
    }
    #expect(page[start.upperBound..<stop.lowerBound] == "\n" + tables + "\n")
  }

  @Test("Every code of a diagnostic has its row, and every row a code")
  func codes() throws {
    let section = try #require(try text().components(separatedBy: "| code | meaning |\n| --- | --- |\n").last)
    let rows = section.split(separator: "\n").filter { $0.hasPrefix("| `") }.compactMap { $0.split(separator: "`").dropFirst().first }
    #expect(rows.map(String.init) == DiagnosticCode.allCases.map(\.rawValue))
  }

  // MARK: Examples

  @Test("Every YAML block of the page loads without a word")
  func blocks() throws {
    let blocks = try text().components(separatedBy: "```yaml\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
    #expect(blocks.count >= 7)
    for block in blocks {
      let file = ConfigurationFile(text: block, file: "config.md")
      #expect(file.report == "", "\(block)")
      #expect(file.project != nil)
    }
  }

  private static func cluster(_ settings: String) -> String {
    "project: demo\nservices: { api: { image: example.com/api } }\n"
      + "environments: { production: { target: kubernetes, namespace: x, cluster: { \(settings) } } }\n"
  }

  /// A file in which a line `KEY: VALUE` of a scope stands in place of `@`.
  private static func template(for scope: Scope) -> String {
    let services = "services: { api: { artifact: dist, run: ./api } }\n"
    let local = "environments: { local: { listen: 127.0.0.1:8000 } }\n"
    let base = "project: demo\n" + services + local
    let readings = "metrics: { prometheus: { url: http://x, queries: { cpu: x, memory: x, db_connections: x } } }\n"
    let stage = "strategy: { canary: { stages: [{ traffic: 20%, duration: 10m }, { traffic: 50%, duration: 10m"
    switch scope {
    case .root: return base + "@\n"
    case .service: return "project: demo\n" + local + "services: { api: { artifact: dist, run: ./api, @ } }\n"
    case .health, .shutdown, .resources:
      return "project: demo\n" + local + "services: { api: { artifact: dist, run: ./api, \(scope.rawValue): { @ } } }\n"
    case .environment:
      return "project: demo\n" + services + "environments: { staging: { listen: 127.0.0.1:1 }, local: { listen: 127.0.0.1:8000, @ } }\n"
    case .approvals: return "project: demo\n" + services + "environments: { local: { listen: 127.0.0.1:8000, approvals: { @ } } }\n"
    case .channel:
      return "project: demo\n" + services + "environments: { local: { listen: 127.0.0.1:8000, notify: [{ webhook_env: CHAT, @ }] } }\n"
    case .cluster: return cluster("@")
    case .router: return cluster("router: { @ }")
    case .nginxRouter, .istioRouter, .gatewayRouter: return cluster("router: { \(scope.rawValue): { @ } }")
    case .strategy: return base + "strategy: { @ }\n"
    case .blueGreen: return base + "strategy: { blue_green: { @ } }\n"
    case .canary: return base + "strategy: { canary: { stages: [{ traffic: 20%, duration: 10m }], @ } }\n"
    case .rolling: return base + "strategy: { rolling: { @ } }\n"
    case .analysis: return base + stage + " }], analysis: { @ } } }\n"
    case .stage: return base + stage + ", @ }] } }\n"
    case .success: return base + readings + stage + ", success_criteria: { @ } }] } }\n"
    case .streak:
      return base + stage + #", success_criteria: { error_rate: { threshold: "<5%", consecutive_failures: 3, interval: 30s, @ } } }] } }"#
        + "\n"
    case .score:
      return base + stage + #", success_criteria: { score: { metrics: { p50: "<1s" }, pass: 90, @ } } }] } }"# + "\n"
    case .scoreMetrics: return base + readings + stage + ", success_criteria: { score: { metrics: { @ }, pass: 90 } } }] } }\n"
    case .scorePart:
      return base + stage + #", success_criteria: { score: { metrics: { error_rate: { criterion: "<1%", @ } }, pass: 90 } } }] } }"# + "\n"
    case .rollback, .routing: return base + "\(scope.rawValue): { @ }\n"
    case .triggers: return base + readings + "rollback: { triggers: { @ } }\n"
    case .rule: return base + "routing: { candidate_rules: [{ header: x, @ }] }\n"
    case .metrics: return base + "metrics: { prometheus: { url: http://x, queries: { depth: x } }, @ }\n"
    case .prometheus:
      return "project: demo\n" + services + "environments: { local: { listen: 127.0.0.1:8000, namespace: x } }\n"
        + "metrics: { source: prometheus, prometheus: { url: http://x, preset: http, @ } }\n"
    case .queries: return base + "metrics: { source: prometheus, prometheus: { url: http://x, preset: http, queries: { @ } } }\n"
    case .httpMetrics: return base + "metrics: { source: http, http: { url: http://x, @ } }\n"
    case .commandMetrics: return base + "metrics: { source: command, command: { run: [./x], @ } }\n"
    case .basicAuth: return base + "metrics: { source: http, http: { url: http://x, basic_auth: { username: x, password_env: X, @ } } }\n"
    case .metricsTLS: return base + "metrics: { source: http, http: { url: http://x, tls: { @ } } }\n"
    case .gate: return base + "gates: [{ name: a, webhook: http://x, @ }]\n"
    case .simulation, .simulatedTraffic, .simulatedRelease, .lateFault, .leak, .coldStart, .crash: return ""
    }
  }

  @Test("Every key's example is one that its place accepts", arguments: Scope.allCases)
  func examples(scope: Scope) {
    for key in scope.keys {
      var template = Self.template(for: scope)
      // The example takes the place of what the template has under the key or under another word for it.
      let taken = [
        "project: demo\n", "services: { api: { artifact: dist, run: ./api } }\n", "environments: { local: { listen: 127.0.0.1:8000 } }\n",
        "artifact: dist, ", "run: ./api, ", "listen: 127.0.0.1:8000, ", "prometheus: { url: http://x, queries: { depth: x } }, ",
        "url: http://x, ",
        "preset: http, ", "run: [./x], ", "username: x, ", "password_env: X, ", "stages: [{ traffic: 20%, duration: 10m }], ",
        "header: x, ", #"threshold: "<5%", "#, "consecutive_failures: 3, ", "interval: 30s, ", #"metrics: { p50: "<1s" }, "#, "pass: 90, ",
        #"criterion: "<1%", "#, "webhook_env: CHAT, ", "name: a, ", "webhook: http://x, ",
      ]
      for part in taken
      where part.hasPrefix("\(key.name):") || (key.name == "cookie" && part.hasPrefix("header"))
        || (key.name == "password_file" && part.hasPrefix("password_env")) || (key.name == "command" && part.hasPrefix("webhook"))
        || (scope == .channel && key.name.hasPrefix("webhook") && part.hasPrefix("webhook_env"))
      {
        if scope == .root || !part.hasSuffix("\n") { template = template.replacingOccurrences(of: part, with: "") }
      }
      if scope == .stage {
        template = template.replacingOccurrences(
          of: "{ traffic: 50%, duration: 10m, @", with: "{ @" + (key.name == "duration" ? "" : ", duration: 10m")
        )
        .replacingOccurrences(of: "{ traffic: 20%, duration: 10m }, ", with: "")
        if ["minimum", "maximum"].contains(key.name) {
          let safe = "advance: when_safe, success_criteria: { error_rate: not worse than stable }"
          template = template.replacingOccurrences(of: "@", with: "@, \(safe)")
        }
        if !["traffic", "traffic_percentage", "percentage"].contains(key.name) {
          template = template.replacingOccurrences(of: "@", with: "@, traffic: 50%")
        }
      }
      if scope == .environment, key.name == "cluster" { template = Self.cluster("x").replacingOccurrences(of: "cluster: { x }", with: "@") }
      let file = ConfigurationFile(text: template.replacingOccurrences(of: "@", with: "\(key.name): \(key.example)"), file: "example")
      let unexpected = file.diagnostics.filter { $0.code != .notHonoured }
      #expect(unexpected == [], "\(scope.path): \(key.name): \(key.example)\n\(file.report)")
    }
  }
}
