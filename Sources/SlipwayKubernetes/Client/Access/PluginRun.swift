import CPlatform
import Foundation
import SlipwayModel
import SlipwayPorts

/// Runs a credential plugin. It gets this process's environment and its own, nothing to read, and a process group of its own, which is
/// ended when the task is cancelled.
struct PluginRun: Sendable {
  let plugin: ExecPlugin
  let access: ClusterAccess
  let environment: [String: String]
  let clock: any EngineClock

  /// More than this no plugin has to say.
  private static let sizeLimit = 1 << 20

  /// - Throws: `SlipwayError` with code `cluster-credentials`; `CancellationError`. What the plugin prints is in no message.
  func answer() async throws -> PluginAnswer {
    let output = try Self.openOutput()
    defer { close(output) }
    let pid = try start(output: output)
    let status = try await end(of: pid)
    guard status == 0 else {
      throw SlipwayError.clusterCredentials(
        "the credential plugin \(plugin.command) ended with \(Self.words(status))", remedy: plugin.installHint ?? "run it by hand and look")
    }
    return try PluginAnswer(try Self.read(output, plugin), of: plugin)
  }

  /// What `KUBERNETES_EXEC_INFO` holds.
  func information() throws(SlipwayError) -> JSONValue {
    var spec: [String: JSONValue] = ["interactive": false]
    if plugin.providesClusterInfo {
      var cluster: [String: JSONValue] = ["server": .text(access.server)]
      cluster["tls-server-name"] = access.serverName.map { .text($0) }
      if access.skipsVerification { cluster["insecure-skip-tls-verify"] = true }
      if let authority = try access.authority?.bytes("the certificate authority", access.origin) {
        cluster["certificate-authority-data"] = .text(Data(authority).base64EncodedString())
      }
      cluster["proxy-url"] = access.proxy.map { .text($0) }
      cluster["config"] = access.pluginConfiguration
      spec["cluster"] = .object(cluster)
    }
    return ["apiVersion": .text(plugin.apiVersion), "kind": "ExecCredential", "spec": .object(spec)]
  }

  /// A file without a name: a token is not left behind wherever the process ends.
  private static func openOutput() throws(SlipwayError) -> Int32 {
    let path = FileManager.default.temporaryDirectory.appending(path: "slipway-plugin-\(UUID().uuidString)").path
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .clusterCredentials("no temporary file can be made for a credential plugin", remedy: "make room in the temporary folder")
    }
    unlink(path)
    return descriptor
  }

  private static func read(_ descriptor: Int32, _ plugin: ExecPlugin) throws(SlipwayError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: sizeLimit + 1)
    var count = 0
    while count < bytes.count {
      let read = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress?.advanced(by: count), $0.count - count, off_t(count)) }
      if read <= 0 { break }
      count += read
    }
    guard count <= sizeLimit else { throw .clusterCredentials("the credential plugin \(plugin.command) printed more than 1 MiB") }
    return Array(bytes.prefix(count))
  }

  /// Its wait status.
  private func end(of pid: pid_t) async throws -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, WNOHANG) == 0 {
      do { try await Task.sleep(for: .milliseconds(10)) } catch {
        kill(-pid, SIGKILL)
        // It is gone within moments; a child that nobody collects would stay as a zombie.
        for _ in 0..<10_000 where waitpid(pid, &status, WNOHANG) == 0 { await Task.yield() }
        throw CancellationError()
      }
    }
    return status
  }

  private func start(output: Int32) throws(SlipwayError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    let flags = cplatform_setsid_flag() | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
    var codes = [
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0), posix_spawn_file_actions_adddup2(&actions, output, 1),
      posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0), cplatform_addclosefrom(&actions, 3),
      posix_spawnattr_setsigmask(&attributes, &none), posix_spawnattr_setsigdefault(&attributes, &all),
      posix_spawnattr_setflags(&attributes, flags),
    ]
    var variables = environment.merging(plugin.environment) { $1 }
    variables["KUBERNETES_EXEC_INFO"] = String(decoding: JSONWriter.bytes(of: try information()), as: UTF8.self)
    let argv = ([plugin.command] + plugin.arguments).map { strdup($0) } + [nil]
    let envp = variables.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (argv + envp).forEach { free($0) } }
    var pid: pid_t = 0
    codes.append(posix_spawnp(&pid, plugin.command, &actions, &attributes, argv, envp))
    guard let code = codes.first(where: { $0 != 0 }) else { return pid }
    if pid > 0 { kill(-pid, SIGKILL) }
    throw .clusterCredentials(
      "the credential plugin \(plugin.command) of \(access.origin) can't be started: \(String(cString: strerror(code)))",
      remedy: plugin.installHint ?? "install it, or correct `command` in the kubeconfig")
  }

  /// wait(2), the macros WIFEXITED, WEXITSTATUS and WTERMSIG, which Swift can't import.
  private static func words(_ status: Int32) -> String {
    let signal = status & 0x7f
    return signal == 0 ? "exit status \((status >> 8) & 0xff)" : "signal \(signal)"
  }
}
