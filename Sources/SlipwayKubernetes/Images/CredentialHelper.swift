import CPlatform
import Foundation
import SlipwayModel
import SlipwayPorts

/// Asks a program `docker-credential-<name>` for the credentials of a registry (github.com/docker/docker-credential-helpers). It gets
/// this process's environment and a process group of its own, which is ended when the task is cancelled.
struct CredentialHelper: Sendable {
  let name: String
  let environment: [String: String]
  let clock: any EngineClock

  private var program: String { "docker-credential-\(name)" }
  /// More than this no helper has to say.
  private static let sizeLimit = 1 << 16

  /// - Returns: `nil` when the helper knows none.
  /// - Throws: `SlipwayError` with code `registry-unauthorized`; `CancellationError`. What the helper prints is in no message.
  func credential(of server: String) async throws -> RegistryCredential? {
    guard !name.isEmpty, !name.contains("/") else {
      throw SlipwayError.registryUnauthorized("'\(name)' is no name of a credential helper", remedy: "correct it in Docker's config.json")
    }
    let (input, output) = (try file(holding: server), try file())
    defer { for descriptor in [input, output] { close(descriptor) } }
    let pid = try start(input: input, output: output)
    let status = try await end(of: pid)
    let printed = try read(output)
    guard status == 0 else {
      // It ends with a failure then, and says so on standard output.
      if String(decoding: printed, as: UTF8.self).contains("credentials not found") { return nil }
      throw failure("did not end well; `echo \(server) | \(program) get` shows what it says")
    }
    let json: JSONValue
    do { json = try JSONReader.value(of: printed) } catch { throw failure("printed something else than JSON") }
    guard let username = json["Username"]?.text, let secret = json["Secret"]?.text else {
      throw failure("printed something else than credentials")
    }
    if username.isEmpty, secret.isEmpty { return nil }
    return username == "<token>" ? .identityToken(secret) : .basic(username: username, password: secret)
  }

  private func failure(_ words: String) -> SlipwayError {
    .registryUnauthorized(
      "the credential helper \(program) \(words)", remedy: "repair or install it, or run `docker login` without it")
  }

  /// A file without a name: a secret is not left behind wherever the process ends.
  private func file(holding text: String = "") throws(SlipwayError) -> Int32 {
    let path = FileManager.default.temporaryDirectory.appending(path: "slipway-helper-\(UUID().uuidString)").path
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    unlink(path)
    let bytes = Array(text.utf8)
    guard descriptor >= 0, pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else {
      if descriptor >= 0 { close(descriptor) }
      throw failure("can't be asked: no temporary file can be made")
    }
    return descriptor
  }

  private func read(_ descriptor: Int32) throws(SlipwayError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.sizeLimit + 1)
    var count = 0
    while count < bytes.count {
      let read = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress?.advanced(by: count), $0.count - count, off_t(count)) }
      if read <= 0 { break }
      count += read
    }
    guard count <= Self.sizeLimit else { throw failure("printed more than \(Self.sizeLimit >> 10) KiB") }
    return Array(bytes.prefix(count))
  }

  /// Its wait status.
  private func end(of pid: pid_t) async throws -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, WNOHANG) == 0 {
      do { try await clock.sleep(for: .milliseconds(10)) } catch {
        kill(-pid, SIGKILL)
        // It is gone within moments; a child that nobody collects would stay as a zombie.
        for _ in 0..<10_000 where waitpid(pid, &status, WNOHANG) == 0 { await Task.yield() }
        throw CancellationError()
      }
    }
    return status
  }

  private func start(input: Int32, output: Int32) throws(SlipwayError) -> pid_t {
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
      posix_spawn_file_actions_adddup2(&actions, input, 0), posix_spawn_file_actions_adddup2(&actions, output, 1),
      posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0), cplatform_addclosefrom(&actions, 3),
      posix_spawnattr_setsigmask(&attributes, &none), posix_spawnattr_setsigdefault(&attributes, &all),
      posix_spawnattr_setflags(&attributes, flags),
    ]
    let words: [String] = [program, "get"]
    let argv = words.map { strdup($0) } + [nil]
    let envp = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (argv + envp).forEach { free($0) } }
    var pid: pid_t = 0
    codes.append(posix_spawnp(&pid, path, &actions, &attributes, argv, envp))
    guard let code = codes.first(where: { $0 != 0 }) else { return pid }
    if pid > 0 { kill(-pid, SIGKILL) }
    throw failure("can't be started: \(String(cString: strerror(code)))")
  }

  /// Where the environment's own `PATH` has it; posix_spawnp(3) would look in that of this process.
  private var path: String {
    let folders = (environment["PATH"] ?? "").split(separator: ":")
    return folders.lazy.map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 } ?? program
  }
}
