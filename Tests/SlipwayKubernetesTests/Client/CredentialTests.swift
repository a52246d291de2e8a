import Foundation
import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("What proves who asks")
struct CredentialTests {
  private static let object: JSONValue = ["metadata": ["name": "api-blue"]]

  /// Answers 200 to this token only, which changes.
  private func withServer(
    _ credential: ClusterCredential, accepting isGood: @escaping @Sendable (String) -> Bool,
    clock: FastClock = FastClock(times: 1), _ body: (KubernetesClient, ScriptedCluster) async throws -> Void
  ) async throws {
    try await withCluster(clock: clock, credential: credential) { request in
      let authorization = request.headers["authorization"] ?? ""
      return isGood(authorization)
        ? .json(Self.object) : .status(401, "Unauthorized", "not welcome: \(authorization.split(separator: " ").last ?? "")")
    } _: { client, server async throws in
      try await body(client, server)
    }
  }

  private func script(_ text: String, in folder: URL) throws -> String {
    let file = folder.appending(path: "plugin")
    try "#!/bin/sh\n\(text)\n".write(to: file, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    return file.path
  }

  private func plugin(_ command: String, info: Bool = false, hint: String? = nil) -> ExecPlugin {
    ExecPlugin(
      apiVersion: "client.authentication.k8s.io/v1", command: command, arguments: ["one", "two words"], environment: ["EXTRA": "x"],
      installHint: hint, providesClusterInfo: info)
  }

  private static func credential(_ status: String) -> String {
    #"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{\#(status)}}"#
  }

  @Test("A token file is read again: a token that was renewed is used at once")
  func tokenFile() async throws {
    try await withFolder { folder in
      let file = folder.appending(path: "token")
      try "first\n".write(to: file, atomically: true, encoding: .utf8)
      try await withServer(.tokenFile(file.path, fallback: nil), accepting: { $0 == "Bearer second" }) { client, server async throws in
        let error = try await failure { _ = try await client.get(ClientSample.key, ClientSample.look) }
        #expect(error.code == .clusterUnauthorized && !error.description.contains("first"), "\(error)")
        #expect(server.requests.count == 2)
        try "second".write(to: file, atomically: true, encoding: .utf8)
        #expect(try await client.get(ClientSample.key, ClientSample.look) != nil)
        try FileManager.default.removeItem(at: file)
        let gone = try await failure { _ = try await client.get(ClientSample.key, ClientSample.look) }
        #expect(gone.code == .clusterCredentials && gone.message == "the token file of the test can't be read: \(file.path)")
      }
    }
  }

  @Test("A token of the kubeconfig is not tried twice, and no message repeats it")
  func token() async throws {
    try await withServer(.token("hunter2"), accepting: { _ in false }) { client, server async throws in
      let error = try await failure { _ = try await client.get(ClientSample.key, ClientSample.look) }
      #expect(error.code == .clusterUnauthorized && !error.description.contains("hunter2"), "\(error)")
      #expect(server.requests.count == 1)
    }
    try await withServer(.basic(username: "me", password: "hunter2"), accepting: { $0 == "Basic bWU6aHVudGVyMg==" }) {
      client, _ async throws in
      #expect(try await client.get(ClientSample.key, ClientSample.look) != nil)
    }
    try await withServer(.token("hunter2\nX-Other: 1"), accepting: { _ in false }) { client, server async throws in
      #expect(try await failure { _ = try await client.get(ClientSample.key, ClientSample.look) }.code == .clusterCredentials)
      #expect(server.requests.isEmpty)
    }
  }

  @Test("A plugin is run once for many calls, and again when the server refuses what it gave or when that has expired")
  func plugin() async throws {
    try await withFolder { folder in
      let runs = folder.appending(path: "runs").path
      let command = try script(
        """
        echo x >> \(runs)
        expiry=$(cat \(folder.path)/expiry)
        echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t'$(wc -l < \(runs))'","expirationTimestamp":"'$expiry'"}}'
        """, in: folder)
      try "2030-01-01T00:00:00.123456789+02:00".write(toFile: "\(folder.path)/expiry", atomically: true, encoding: .utf8)
      let refusals = Counter()
      let clock = FastClock(times: 1)
      try await withServer(
        .plugin(plugin(command)), accepting: { refusals.count == 0 || $0 != "Bearer t1" },
        clock: clock
      ) { client, server async throws in
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<5 { group.addTask { _ = try await client.get(ClientSample.key, ClientSample.look) } }
          try await group.waitForAll()
        }
        #expect(try Self.lines(runs) == 1)
        // The token is revoked; what the plugin gives next has expired already, so it serves one call.
        _ = refusals.next()
        try "2020-01-01T00:00:00Z".write(toFile: "\(folder.path)/expiry", atomically: true, encoding: .utf8)
        #expect(try await client.get(ClientSample.key, ClientSample.look) != nil)
        let runsThen = try Self.lines(runs)
        #expect(runsThen >= 2 && server.requests.count == 7)
        #expect(try await client.get(ClientSample.key, ClientSample.look) != nil)
        #expect(try Self.lines(runs) > runsThen && server.requests.count == 8)
      }
    }
  }

  private static func lines(_ path: String) throws -> Int { try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count }

  @Test("A plugin gets its arguments, its variables and, when it wants, what it has to know of the cluster")
  func pluginInput() async throws {
    try await withFolder { folder in
      let command = try script(
        """
        printf '%s|' "$@" "$EXTRA" "$OUTER" > \(folder.path)/seen
        printf '%s' "$KUBERNETES_EXEC_INFO" > \(folder.path)/info
        echo '\(Self.credential(#""token":"t""#))'
        """, in: folder)
      func seen(info: Bool) async throws -> (String, JSONValue) {
        let plugin = plugin(command, info: info)
        let access = ClusterAccess(
          origin: "the test", server: "https://one", authority: .inline(Array("ca".utf8)), serverName: "api.test",
          credential: .plugin(plugin), pluginConfiguration: ["audience": "7"])
        let run = PluginRun(plugin: plugin, access: access, environment: ["OUTER": "y", "PATH": "/bin:/usr/bin"], clock: FastClock())
        #expect(try await run.answer().token == "t")
        return (
          try String(contentsOfFile: "\(folder.path)/seen", encoding: .utf8),
          try value(try String(contentsOfFile: "\(folder.path)/info", encoding: .utf8))
        )
      }
      let version: JSONValue = "client.authentication.k8s.io/v1"
      let brief = try await seen(info: false)
      #expect(brief.0 == "one|two words|x|y|")
      #expect(brief.1 == ["apiVersion": version, "kind": "ExecCredential", "spec": ["interactive": false]])
      let cluster: JSONValue = [
        "server": "https://one", "tls-server-name": "api.test", "certificate-authority-data": "Y2E=", "config": ["audience": "7"],
      ]
      #expect(
        try await seen(info: true).1 == [
          "apiVersion": version, "kind": "ExecCredential", "spec": ["interactive": false, "cluster": cluster],
        ])
    }
  }

  @Test("A plugin may give a certificate, which is shown to the server")
  func pluginCertificate() throws {
    let answer = try PluginAnswer(
      Array(Self.credential(#""clientCertificateData":"PEM","clientKeyData":"KEY""#).utf8), of: plugin("login"))
    #expect(answer.identity == ClientIdentity(certificate: Array("PEM".utf8), key: Array("KEY".utf8)))
    #expect(answer.token == nil && answer.expiry == nil)
  }

  @Test(
    "What a plugin gets wrong is said without what it printed",
    arguments: [
      ("hunter2", "is no JSON"), (#"{"kind":"hunter2"}"#, "is no ExecCredential"),
      (#"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1"}"#, "is not of the version"),
      (credential(#""clientKeyData":"hunter2""#), "has a key without its certificate"),
      (credential(#""clientCertificateData":"hunter2""#), "has a certificate without its key"),
      (credential(#""token":"""#), "has neither a token nor a certificate"),
      (credential(#""token":"hunter2","expirationTimestamp":"soon""#), "expires at no instant"),
    ])
  func pluginMistakes(output: String, words: String) async throws {
    let error = try await failure { _ = try PluginAnswer(Array(output.utf8), of: plugin("login")) }
    #expect(error.code == .clusterCredentials && error.message.contains(words) && !error.description.contains("hunter2"), "\(error)")
  }

  @Test("A plugin that is not installed, fails or hangs is named; what it printed is not")
  func pluginFailures() async throws {
    try await withFolder { folder in
      func message(_ command: String) async throws -> SlipwayError {
        let access = ClusterAccess(
          origin: "the test", server: "http://127.0.0.1:1", credential: .plugin(plugin(command, hint: "apt install login")))
        let clock = FastClock(times: 1)
        let transport = try HTTPTransport(access, clock: clock, logger: quiet, environment: ["PATH": "/bin:/usr/bin"])
        let client = KubernetesClient(transport: transport, clock: clock, random: { 0.5 }, logger: quiet)
        let error = try await failure { _ = try await client.get(ClientSample.key, ClusterCall("look", within: .seconds(4))) }
        await client.close()
        return error
      }
      let missing = try await message("slipway-no-such-plugin")
      #expect(missing.message.contains("slipway-no-such-plugin of the test can't be started") && missing.remedy == "apt install login")
      let failing = try await message(try script("echo hunter2; echo hunter2 >&2; exit 3", in: folder))
      #expect(failing.message.hasSuffix("ended with exit status 3") && !failing.description.contains("hunter2"))
      let hanging = try await message(try script("echo $$ > \(folder.path)/pid; exec sleep 60", in: folder))
      #expect(
        hanging.code == .clusterCredentials && hanging.message == "can't look: the credentials were not there within 4s", "\(hanging)")
      let pid = try #require(pid_t(try String(contentsOfFile: "\(folder.path)/pid", encoding: .utf8).filter(\.isNumber)))
      try await eventually("the plugin is gone") { kill(pid, 0) == -1 }
    }
  }
}
