import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import RealSite
import Testing

/// A secret goes in through `env` and comes out nowhere but in the service.
@Suite("End to end: secrets", .serialized, .timeLimit(.minutes(4)))
struct SecretTests {
  /// The value of a variable, and the password in the URL of another one.
  private static let canary = "canary-7d1f3a90be"
  /// A password that only the service knows: it is put together while it runs.
  private static let printed = "printed-canary-42"

  @Test("A secret in env, or in a URL that the service prints, is in no file but its own, and in nothing that is shown")
  func secrets() async throws {
    try await Site.with { site in
      try configure(site)
      let address = "127.0.0.1:\(try Site.freePort())"
      #expect(try await site.run("serve", "--detach", "--listen", address).status == 0)
      var shown: [(what: String, text: String)] = []
      func run(_ arguments: String..., release: String = "v1") async throws -> Finished {
        let finished = try await site.run(arguments, environment: ["RELEASE": release, "CANARY": Self.canary])
        shown.append((arguments.joined(separator: " "), finished.output + finished.errors))
        return finished
      }
      func id(_ finished: Finished) throws -> String {
        let document = try finished.json()
        return try #require((document["rollout"] as? [String: Any] ?? document)["id"] as? String)
      }

      #expect(try await run("plan", "--first", "--version", "v1").output.contains("API_TOKEN"))
      let good = try await run("deploy", "--version", "v1", "--reason", "a test", "--output", "json")
      #expect(good.status == 0, "\(good.output) \(good.errors)")
      #expect(try await run("plan", "--version", "v2", release: "v2").output.contains("Variables: API_TOKEN, DATABASE_URL, MODEL"))
      #expect(try await run("plan", "--version", "v2", "--output", "json", release: "v2").output.contains("API_TOKEN"))
      let bad = try await run("deploy", "--version", "v2", "--reason", "a test", "--output", "json", release: "v2")
      #expect(bad.status == 1, "\(bad.output) \(bad.errors)")
      #expect(bad.output.contains("no answer from amqp://bob:[redacted]@queue"))

      let story = try await run("history", try id(bad))
      #expect(story.output.contains("exit status 3"))
      for arguments in [["history"], ["status"], ["status", "--output", "json"], ["validate"]] {
        let finished = try await site.run(arguments, environment: ["CANARY": Self.canary])
        shown.append((arguments.joined(separator: " "), finished.output + finished.errors))
      }
      let log = try await run("logs")
      #expect(log.output.contains("reaches postgres://app:[redacted]@127.0.0.1:1/x with [redacted]"), "\(log.output)")
      var proofs = ""
      for index in 0..<6 { proofs += try await run("audit", "prove", "\(index)").output }
      #expect(proofs.contains("rollout_started") && proofs.contains("API_TOKEN"))
      for rollout in [try id(good), try id(bad)] {
        for path in ["", "/plan", "/entries?after=-1"] {
          let answer = try await get("http://\(address)/v1/rollouts/\(rollout)\(path)", site)
          if path == "/plan" { #expect(answer.contains("API_TOKEN")) }
          shown.append((path, answer))
        }
      }
      for (what, text) in shown {
        #expect(!text.contains(Self.canary) && !text.contains(Self.printed), "`\(what)` shows a secret")
      }
      try searchStateFolder(site)
    }
  }

  private func configure(_ site: Site) throws {
    let text = """
      project: e2e
      services:
        answers:
          artifact: releases/${RELEASE:-v1}
          run: . ./settings && exec ./answer-service
          env: { API_TOKEN: "${CANARY}", DATABASE_URL: "postgres://app:${CANARY}@127.0.0.1:1/x", MODEL: tiny }
          health: { liveness: /health, readiness: /ready, interval: 200ms, min_healthy_time: 400ms, startup_timeout: 6s }
          shutdown: { drain: 1s, grace: 1s }
      environments:
        local:
          listen: "127.0.0.1:\(site.port)"
          notify: [{ webhook: "http://127.0.0.1:1/hooks/${CANARY}?key=${CANARY}" }]
      strategy: { blue_green: { keep_previous: 60s } }

      """
    try text.write(to: site.folder.appending(path: "slipway.yaml"), atomically: true, encoding: .utf8)
    try site.makeRelease("v1")
    try site.makeRelease("v2")
    // Without its variables the first release does not run either.
    let needsToken = "[ ${#API_TOKEN} -eq \(Self.canary.count) ] || exit 9\necho \"reaches $DATABASE_URL with $API_TOKEN\"\nexport VERSION="
    try (needsToken + "v1\n").write(to: site.folder.appending(path: "releases/v1/settings"), atomically: true, encoding: .utf8)
    let crash = """
      echo "can't reach $DATABASE_URL with $API_TOKEN"
      printf 'no answer from amqp://bob:printed-canary-%s@queue\\n' $((40 + 2))
      exit 3

      """
    try crash.write(to: site.folder.appending(path: "releases/v2/settings"), atomically: true, encoding: .utf8)
  }

  private func get(_ url: String, _ site: Site) async throws -> String {
    let tokens = try String(contentsOf: site.state.appending(path: "token"), encoding: .utf8)
    var request = HTTPClientRequest(url: url)
    request.headers.add(name: "Authorization", value: "Bearer \(tokens.split(separator: "\n")[0])")
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
    #expect(response.status == .ok)
    return String(buffer: try await response.body.collect(upTo: 1 << 24))
  }

  /// Values may be in the value sets, in what the agent restarts processes from, and in what the service itself wrote.
  private func searchStateFolder(_ site: Site) throws {
    let root = site.state.path
    var holders: Set<String> = []
    var names: [String] = []
    for case let path as String in try #require(FileManager.default.enumerator(atPath: root)) {
      let attributes = try FileManager.default.attributesOfItem(atPath: root + "/" + path)
      guard attributes[.type] as? FileAttributeType == .typeRegular, !path.hasPrefix("releases/"), !path.hasPrefix("scratch/") else {
        continue
      }
      names.append(path)
      let mode = try #require(attributes[.posixPermissions] as? Int)
      // The public key is for everybody.
      if path != "journal.pub" { #expect(mode & 0o077 == 0, "\(path) has mode \(String(mode, radix: 8))") }
      let bytes = try Data(contentsOf: URL(fileURLWithPath: root + "/" + path))
      for secret in [Self.canary, Self.printed] where bytes.range(of: Data(secret.utf8)) != nil { holders.insert(path) }
    }
    #expect(["journal.db", "journal.db-wal", "checkpoints.log", "logs/serve.log", "values.key"].allSatisfy(names.contains))
    let foreign = holders.filter {
      !$0.hasPrefix("values/") && !$0.hasPrefix("agent/desired/") && $0 != "agent/processes.json" && !$0.hasPrefix("logs/answers@local-")
    }
    #expect(foreign == [], "secrets are in files that are not theirs")
    #expect(holders.contains { $0.hasPrefix("values/") } && holders.contains { $0.hasPrefix("logs/answers@local-") })
  }
}
