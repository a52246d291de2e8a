import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("Kubeconfig files")
struct KubeconfigTests {
  private func config(_ files: [(String, String)]) throws -> Kubeconfig {
    var config = Kubeconfig()
    for (path, text) in files { try config.add(text, of: path) }
    return config
  }

  private func access(_ user: String, cluster: String = "server: https://one:6443") throws -> ClusterAccess {
    try config([("/etc/kube/config", Self.file(cluster: cluster, user: user))]).access(context: nil)
  }

  private static func file(cluster: String, user: String) -> String {
    """
    apiVersion: v1
    kind: Config
    current-context: main
    contexts:
    - name: main
      context: { cluster: one, user: me, namespace: shop }
    clusters:
    - name: one
      cluster:
        \(cluster.replacing("\n", with: "\n    "))
    users:
    - name: me
      user:
        \(user.replacing("\n", with: "\n    "))

    """
  }

  private func mistake(_ body: () throws -> Void) throws -> String {
    do { try body() } catch let error as SlipwayError { return error.message }
    throw NothingThrown()
  }

  @Test("A context leads to its cluster, its user and its namespace")
  func context() throws {
    let access = try access("token: sesame")
    #expect([access.server, access.namespace, access.origin] == ["https://one:6443", "shop", "the context main of /etc/kube/config"])
    #expect(access.credential == .token("sesame"))
    #expect(!access.skipsVerification && access.authority == nil && access.identity == nil)
  }

  @Test("Of several files the first that sets a value wins, and entries are not mixed")
  func merging() throws {
    let first = """
      contexts: [{name: a, context: {cluster: one, user: me}}]
      users: [{name: me, user: {token: first}}]
      """
    let second = """
      current-context: a
      contexts: [{name: a, context: {cluster: two}}, {name: b, context: {cluster: one}}]
      clusters: [{name: one, cluster: {server: "https://second", tls-server-name: x}}]
      users: [{name: me, user: {token: second, client-certificate: c, client-key: k}}]
      """
    let third = """
      current-context: b
      clusters: [{name: one, cluster: {server: "https://third", proxy-url: "http://p"}}]
      """
    let config = try config([("/1", first), ("/2", second), ("/3", third)])
    let access = try config.access(context: nil)
    #expect(config.currentContext == "a")
    #expect([access.server, access.serverName, access.proxy] == ["https://second", "x", nil])
    #expect(access.credential == .token("first") && access.identity == nil)
    #expect(try config.access(context: "b").credential == .none)
  }

  @Test("Paths are relative to the file that they stand in")
  func paths() throws {
    let access = try access(
      "client-certificate: certs/me.pem\nclient-key: /keys/me.pem\ntokenFile: ../token",
      cluster: "server: https://one\ncertificate-authority: ca.pem")
    #expect(access.authority == .file("/etc/kube/ca.pem"))
    #expect(access.identity == ClientIdentity(certificate: .file("/etc/kube/certs/me.pem"), key: .file("/keys/me.pem")))
    #expect(access.credential == .tokenFile("/etc/token", fallback: nil))
  }

  @Test("Data in Base64 is taken as it is, also over several lines")
  func data() throws {
    let access = try access(
      "client-certificate-data: |\n  Y2Vy\n  dA==\nclient-key-data: a2V5", cluster: "server: https://one\ncertificate-authority-data: Y2E=")
    #expect(access.authority == .inline(Array("ca".utf8)))
    #expect(access.identity == ClientIdentity(certificate: .inline(Array("cert".utf8)), key: .inline(Array("key".utf8))))
  }

  @Test("A plugin is read with all that it needs; a command with a slash is a path, another a name")
  func plugin() throws {
    func plugin(_ command: String) -> ExecPlugin {
      ExecPlugin(
        apiVersion: "client.authentication.k8s.io/v1", command: command, arguments: ["token", "--id", "7"],
        environment: ["PROFILE": "ci", "EMPTY": ""], installHint: "apt install it", providesClusterInfo: true)
    }
    for (command, path) in [("./bin/login", "/etc/kube/bin/login"), ("login", "login"), ("/opt/login", "/opt/login")] {
      let access = try access(
        """
        exec:
          apiVersion: client.authentication.k8s.io/v1
          command: \(command)
          args: [token, --id, 7]
          env: [{name: PROFILE, value: ci}, {name: EMPTY, value: ""}]
          installHint: apt install it
          provideClusterInfo: true
          interactiveMode: IfAvailable
        """,
        cluster: """
          server: https://one
          extensions:
          - name: other
            extension: {a: b}
          - name: client.authentication.k8s.io/exec
            extension: {audience: "7", depth: 2}
          """)
      #expect(access.credential == .plugin(plugin(path)))
      #expect(access.pluginConfiguration == ["audience": "7", "depth": 2])
    }
  }

  @Test("Acting as somebody else becomes header fields")
  func impersonation() throws {
    let access = try access("as: jane\nas-groups: [dev, ops]\nas-user-extra: {acme.com/p: [x]}")
    #expect(
      access.impersonation.map { "\($0.name): \($0.value)" } == [
        "Impersonate-User: jane", "Impersonate-Group: dev", "Impersonate-Group: ops", "Impersonate-Extra-acme.com%2Fp: x",
      ])
  }

  @Test(
    "What is wrong is said with file, line and key, and no value of a secret",
    arguments: [
      ("token: hunter2\nusername: me", "/etc/kube/config:14: the user me has a token and a password"),
      ("token: [hunter2]", "/etc/kube/config:14: `token` is no text"),
      ("client-key-data: '%%%hunter2'", "/etc/kube/config:14: `client-key-data` is not Base64"),
      ("client-certificate: a\nclient-certificate-data: hunter22", "/etc/kube/config:14: the user me has both"),
      ("client-certificate: hunter2", "/etc/kube/config:14: the user me has a client certificate without its key"),
      ("auth-provider: {name: gcp, config: {a: hunter2}}", "/etc/kube/config:14: the user me has an `auth-provider`"),
      ("exec: {command: hunter2}", "/etc/kube/config:14: `exec` has no `apiVersion`"),
      ("exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}", "/etc/kube/config:14: the `exec` plugin of the user me"),
      (
        "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}",
        "/etc/kube/config:14: the `exec` plugin of the user me needs a terminal"
      ), ("token: \"hunter2", "/etc/kube/config:15 is not YAML: found unexpected end of stream"),
      ("token: hunter2\ntoken: hunter2", "/etc/kube/config:14: a key is given twice"),
      ("as-groups: [hunter2]", "/etc/kube/config:14: the user me has groups or an uid to act as"),
    ])
  func mistakes(user: String, words: String) throws {
    let message = try mistake { _ = try access(user) }
    #expect(message.hasPrefix(words), "\(message)")
    #expect(!message.contains("hunter2"))
  }

  @Test("What is missing is named")
  func missing() throws {
    let config = try config([
      (
        "/1",
        "contexts: [{name: a, context: {cluster: x}}, {name: b, context: {cluster: c, user: y}}, {name: c, context: {user: z}}]\nclusters: [{name: c, cluster: {}}]"
      ), ("/2", ""),
    ])
    func message(_ context: String?) throws -> String { try mistake { _ = try config.access(context: context) } }
    #expect(try message(nil) == "no context is chosen, and /1 and /2 has no current one")
    #expect(try message("d") == "there is no context d in /1 and /2")
    #expect(try message("a") == "the context a is of the cluster x, which is not in /1 and /2")
    #expect(try message("b") == "the context b is of the user y, who is not in /1 and /2")
    #expect(try message("c") == "/1:1: the context c has no `cluster`")
  }

  @Test("A cluster needs an address; an authority and no verification contradict each other")
  func clusters() throws {
    #expect(try mistake { _ = try access("{}", cluster: "tls-server-name: x") } == "/etc/kube/config:10: the cluster one has no `server`")
    let both = "server: https://one\ninsecure-skip-tls-verify: true\ncertificate-authority: ca.pem"
    #expect(try mistake { _ = try access("{}", cluster: both) }.contains("a certificate authority and `insecure-skip-tls-verify`"))
    #expect(try access("{}", cluster: "server: https://one\ninsecure-skip-tls-verify: true").skipsVerification)
  }

  @Test("A mistake in what is not used disturbs nobody")
  func unused() throws {
    let other = "users: [{name: other, user: {auth-provider: {name: gcp}}}, {name: third, user: [1]}]"
    let config = try config([("/1", Self.file(cluster: "server: https://one", user: "{}")), ("/2", other)])
    #expect(try config.access(context: nil).server == "https://one")
  }
}

@Suite("Which cluster is meant")
struct ClusterFinderTests {
  private static func config(_ name: String) -> String {
    "current-context: c\ncontexts: [{name: c, context: {cluster: k}}]\nclusters: [{name: k, cluster: {server: \"https://\(name)\"}}]"
  }

  private func finder(_ environment: [String: String] = [:], files: [String: String]) -> ClusterFinder {
    ClusterFinder(environment: environment, home: "/me", accountFolder: "/account") { path in files[path].map { Array($0.utf8) } }
  }

  private static let pod = ["KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"]

  @Test("Named files count alone; else KUBECONFIG, with missing files passed over; else the one at home")
  func order() throws {
    let files = ["/me/.kube/config": Self.config("home"), "/a": Self.config("a"), "/p/b": Self.config("b")]
    let variable = ["KUBECONFIG": "/none::/a:/p/b"]
    #expect(try finder(variable, files: files).access(kubeconfig: ["b"], folder: "/p").server == "https://b")
    #expect(try finder(variable, files: files).access(kubeconfig: ["~/.kube/config"]).server == "https://home")
    #expect(try finder(variable, files: files).access().server == "https://a")
    #expect(try finder(files: files).access().server == "https://home")
  }

  @Test("In a pod without a kubeconfig it is the pod's service account, whose token is read again and again")
  func pod() throws {
    let files = ["/account/token": "sesame", "/account/namespace": "shop\n"]
    let access = try finder(Self.pod, files: files).access()
    #expect([access.server, access.namespace] == ["https://10.0.0.1:443", "shop"])
    #expect(access.credential == .tokenFile("/account/token", fallback: nil))
    #expect(access.authority == .file("/account/ca.crt"))
    let six = finder(["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"], files: files)
    #expect(try six.access().server == "https://[fd00::1]:443")
    #expect(
      try finder(Self.pod, files: files.merging(["/me/.kube/config": Self.config("home")]) { $1 }).access().server == "https://home")
  }

  @Test("Without anything the message says where it was looked for")
  func nothing() async throws {
    #expect(
      try await failure { _ = try finder(files: [:]).access() }.message
        == "there is no kubeconfig; looked for /me/.kube/config, and for a pod's service account")
    #expect(try await failure { _ = try finder(files: [:]).access(kubeconfig: ["/x"]) }.message == "there is no file /x")
    #expect(try await failure { _ = try finder(Self.pod, files: [:]).access() }.message.contains("a pod without a service account"))
  }

  @Test("A missing context is not looked for in the pod's service account")
  func contextInPod() async throws {
    let files = ["/account/token": "sesame"]
    #expect(try await failure { _ = try finder(Self.pod, files: files).access(context: "x") }.code == .kubeconfigMissing)
  }

  @Test(
    "NO_PROXY excepts hosts, domains, addresses and networks",
    arguments: [
      ("api.example.com", "example.com", true), ("example.com", "example.com", true), ("example.com", ".example.com", false),
      ("a.example.com", ".example.com", true), ("a.example.com", "*.example.com", true), ("badexample.com", "example.com", false),
      ("10.1.2.3", "10.0.0.0/8", true), ("11.1.2.3", "10.0.0.0/8", false), ("10.1.2.3", "10.1.2.3", true), ("fd00::5", "fd00::/16", true),
      ("fe00::5", "fd00::/16", false), ("api.example.com", "x, *", true), ("api.example.com", "example.com:6443", true),
      ("api.example.com", "example.com:443", false), ("localhost", "", true), ("127.0.0.9", "", true), ("::1", "", true),
      ("api", "", false),
    ])
  func exceptions(host: String, list: String, isExcepted: Bool) {
    #expect(ProxyChoice(scheme: "https", host: host, port: 6443).isExcepted(by: list) == isExcepted)
  }
}
