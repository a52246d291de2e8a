import Glibc

/// What the kernel says of a process, from `/proc/PID/stat` (proc_pid_stat(5)).
struct ProcessStatus: Hashable, Sendable {
  let pid: pid_t
  /// `R`, `S`, …; `Z` for one that has ended and was not collected.
  let state: Character
  let group: pid_t
  let session: pid_t
  /// Clock ticks from boot to the start: with the boot id and the process id it names a process for ever.
  let startTime: UInt64

  var hasEnded: Bool { state == "Z" || state == "X" }

  /// Reads the line of `stat`; the second field is the name in parentheses and may itself contain blanks and parentheses.
  init?(line: String) {
    guard let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")"),
      let pid = pid_t(line[..<open].split(separator: " ").joined())
    else { return nil }
    let fields = line[line.index(after: close)...].split(separator: " ")
    guard fields.count > 19, let state = fields[0].first, let group = pid_t(fields[2]), let session = pid_t(fields[3]),
      let startTime = UInt64(fields[19])
    else { return nil }
    self.pid = pid
    self.state = state
    self.group = group
    self.session = session
    self.startTime = startTime
  }
}

/// The processes of this machine, as far as this user may see them.
enum ProcessTable {
  /// `nil` when there is no such process.
  static func status(of pid: pid_t) -> ProcessStatus? {
    // A process may vanish between any two calls: not being readable means that it is gone.
    guard let bytes = try? Files.read("/proc/\(pid)/stat") else { return nil }
    return ProcessStatus(line: String(decoding: bytes, as: UTF8.self))
  }

  static func all() -> [ProcessStatus] {
    ((try? Files.names(in: "/proc")) ?? []).compactMap { pid_t($0) }.compactMap(status)
  }

  /// The value of an environment variable that the process was started with.
  static func variable(_ name: String, of pid: pid_t) -> String? {
    guard let bytes = try? Files.read("/proc/\(pid)/environ") else { return nil }
    let prefix = Array((name + "=").utf8)
    return bytes.split(separator: 0).first { $0.starts(with: prefix) }.map { String(decoding: $0.dropFirst(prefix.count), as: UTF8.self) }
  }

  /// Changes with each start of the machine.
  static func bootID() -> String {
    let bytes = (try? Files.read("/proc/sys/kernel/random/boot_id")) ?? []
    return String(decoding: bytes.filter { $0 > 32 }, as: UTF8.self)
  }

  /// The running processes of a session or group that `leader` leads or led.
  static func members(ofSession leader: pid_t) -> [ProcessStatus] {
    all().filter { ($0.session == leader || $0.group == leader) && !$0.hasEnded }
  }

  /// The running processes that were started under an instance, those that left its session included.
  static func carrying(_ instance: String) -> [ProcessStatus] {
    all().filter { !$0.hasEnded && variable(ProcessEnvironment.instance, of: $0.pid) == instance }
  }

  /// The running processes whose instance begins so, by instance.
  static func marked(_ prefix: String) -> [String: [ProcessStatus]] {
    var found: [String: [ProcessStatus]] = [:]
    for process in all() where !process.hasEnded {
      guard let instance = variable(ProcessEnvironment.instance, of: process.pid), instance.hasPrefix(prefix) else { continue }
      found[instance, default: []].append(process)
    }
    return found
  }

  /// Whether anyone listens at a TCP port: cheaper than asking who.
  static func isListening(_ port: Int) -> Bool {
    listeners().contains { $0.port == port }
  }

  /// TCP ports that these processes listen at.
  static func listeningPorts(of processes: [pid_t]) -> Set<Int> {
    var sockets: Set<String> = []
    for pid in processes {
      for name in (try? Files.names(in: "/proc/\(pid)/fd")) ?? [] {
        guard let target = try? ArtifactDigest.target(ofLink: "/proc/\(pid)/fd/\(name)"), target.hasPrefix("socket:[") else { continue }
        sockets.insert(String(target.dropFirst(8).dropLast()))
      }
    }
    guard !sockets.isEmpty else { return [] }
    return listeners().reduce(into: []) { ports, listener in if sockets.contains(listener.inode) { ports.insert(listener.port) } }
  }

  /// All listening TCP sockets: rows of `/proc/net/tcp` and `tcp6` in state 0A (proc_net_tcp).
  private static func listeners() -> [(port: Int, inode: String)] {
    ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { path in
      String(decoding: (try? Files.read(path)) ?? [], as: UTF8.self).split(separator: "\n").dropFirst()
        .compactMap { row -> (port: Int, inode: String)? in
          let fields = row.split(separator: " ")
          guard fields.count > 9, fields[3] == "0A", let colon = fields[1].lastIndex(of: ":"),
            let port = Int(fields[1][fields[1].index(after: colon)...], radix: 16)
          else { return nil }
          return (port, String(fields[9]))
        }
    }
  }
}
