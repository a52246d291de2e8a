import CPlatform
import Glibc

/// Starts a program as the leader of a session and process group of its own, so that everything it starts can be signalled
/// together, and a signal from the agent's terminal does not reach it.
struct Spawn {
  /// The program's path first.
  let arguments: [String]
  /// The whole environment.
  let environment: [String: String]
  let folder: String
  /// File that standard output and error are appended to; made when it is missing. The program writes to it by itself, so
  /// it goes on when the agent is gone.
  let output: String

  init(arguments: [String], environment: [String: String], folder: String, output: String) {
    self.arguments = arguments
    self.environment = environment
    self.folder = folder
    self.output = output
  }

  /// Runs a shell command. A simple command takes the shell's place (`exec`), so that signals and the exit status are its own.
  init(shellCommand: String, environment: [String: String], folder: String, output: String) {
    let text = ShellCommand.isSimple(shellCommand) ? "exec " + shellCommand : shellCommand
    self.init(arguments: ["/bin/sh", "-c", text], environment: environment, folder: folder, output: output)
  }

  /// Standard input is empty, every other descriptor is closed, no signal is blocked or ignored.
  ///
  /// - Returns: the process id, which is that of the session and the group too.
  /// - Throws: ``SystemCallError``.
  func start() throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    try check(posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init")
    defer { posix_spawn_file_actions_destroy(&actions) }
    try check(posix_spawnattr_init(&attributes), "posix_spawnattr_init")
    defer { posix_spawnattr_destroy(&attributes) }

    try check(posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0), "/dev/null")
    try check(posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600), output)
    try check(posix_spawn_file_actions_adddup2(&actions, 1, 2), output)
    try check(cplatform_addchdir(&actions, folder), folder)
    try check(cplatform_addclosefrom(&actions, 3), "closefrom")

    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    try check(posix_spawnattr_setsigmask(&attributes, &none), "sigmask")
    try check(posix_spawnattr_setsigdefault(&attributes, &all), "sigdefault")
    let flags = cplatform_setsid_flag() | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
    try check(posix_spawnattr_setflags(&attributes, flags), "flags")

    let argv = arguments.map { strdup($0) } + [nil]
    let envp = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (argv + envp).forEach { free($0) } }
    var pid: pid_t = 0
    try check(posix_spawn(&pid, arguments[0], &actions, &attributes, argv, envp), "\(arguments[0]) in \(folder)")
    return pid
  }

  private func check(_ result: Int32, _ subject: String) throws {
    if result != 0 { throw SystemCallError("posix_spawn", subject, result) }
  }
}

/// What can be told about a shell command from its text.
enum ShellCommand {
  /// Whether `exec` may be put before it: one command without operators, and its first word names a program.
  static func isSimple(_ text: String) -> Bool {
    guard !text.contains(where: { ";&|<>(){}\n`".contains($0) }) else { return false }
    guard let first = text.split(whereSeparator: \.isWhitespace).first, !first.contains("=") else { return false }
    return !builtins.contains(String(first))
  }

  private static let builtins: Set<String> = [
    "!", ".", ":", "[", "alias", "bg", "break", "case", "cd", "command", "continue", "echo", "eval", "exec", "exit", "export", "false",
    "fg", "for",
    "getopts", "hash", "if", "jobs", "kill", "printf", "pwd", "read", "readonly", "return", "set", "shift", "source", "test", "time",
    "times",
    "trap", "true", "type", "ulimit", "umask", "unalias", "unset", "until", "wait", "while",
  ]
}
