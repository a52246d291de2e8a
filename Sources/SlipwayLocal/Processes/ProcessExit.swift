import Glibc

/// How a process ended.
enum ProcessExit: Hashable, Sendable, CustomStringConvertible {
  case status(Int32)
  case signal(Int32)
  /// It was not a child of this agent, which can only see that it is gone.
  case unknown

  var description: String {
    switch self {
    case .status(let status): "exit status \(status)"
    case .signal(let number): "signal \(number) (\(Self.name(ofSignal: number)))"
    case .unknown: "an unknown status (the process was adopted after a restart of the agent)"
    }
  }

  /// Collects a child that has ended, without waiting; `nil` while it runs.
  static func reap(_ pid: pid_t) -> ProcessExit? {
    var status: Int32 = 0
    let result = waitpid(pid, &status, WNOHANG)
    if result == 0 || (result < 0 && errno == EINTR) { return nil }
    guard result == pid else { return .unknown }
    // The layout of a wait status: wait(2), the macros WIFEXITED, WEXITSTATUS and WTERMSIG, which Swift can't import.
    let signal = status & 0x7f
    return signal == 0 ? .status((status >> 8) & 0xff) : .signal(signal)
  }

  static func name(ofSignal number: Int32) -> String {
    let names: [Int32: String] = [
      SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGQUIT: "SIGQUIT", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP", SIGABRT: "SIGABRT", SIGBUS: "SIGBUS",
      SIGFPE: "SIGFPE", SIGKILL: "SIGKILL", SIGUSR1: "SIGUSR1", SIGSEGV: "SIGSEGV", SIGUSR2: "SIGUSR2", SIGPIPE: "SIGPIPE",
      SIGALRM: "SIGALRM", SIGTERM: "SIGTERM", SIGXCPU: "SIGXCPU", SIGXFSZ: "SIGXFSZ", SIGSYS: "SIGSYS",
    ]
    return names[number] ?? "SIG\(number)"
  }
}
