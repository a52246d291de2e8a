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
  init?(pid: pid_t, line: some BidirectionalCollection<UInt8>) {
    guard let close = line.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = line[line.index(after: close)...].split(separator: UInt8(ascii: " "), maxSplits: 20)
    func number(_ index: Int) -> UInt64? {
      fields[index].reduce(Optional(0)) { sum, byte in
        guard let sum, byte >= 48, byte <= 57 else { return nil }
        return sum * 10 + UInt64(byte - 48)
      }
    }
    guard fields.count > 20, let state = fields[0].first, let group = number(2), let session = number(3), let startTime = number(19)
    else { return nil }
    self.pid = pid
    self.state = Character(Unicode.Scalar(state))
    self.group = pid_t(truncatingIfNeeded: group)
    self.session = pid_t(truncatingIfNeeded: session)
    self.startTime = startTime
  }
}

/// The processes of this machine, as far as this user may see them.
enum ProcessTable {
  /// `nil` when there is no such process.
  static func status(of pid: pid_t) -> ProcessStatus? {
    // A process may vanish between any two calls: not being readable means that it is gone.
    guard let bytes = try? Files.read("/proc/\(pid)/stat") else { return nil }
    return ProcessStatus(pid: pid, line: bytes)
  }

  static func all() -> [ProcessStatus] {
    pids().compactMap(status)
  }

  private static func pids() -> [pid_t] {
    guard let stream = opendir("/proc") else { return [] }
    defer { closedir(stream) }
    var found: [pid_t] = []
    while let entry = readdir(stream) {
      let number = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        tuple.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { atoi($0) }
      }
      // Names that are no numbers read as 0.
      if number > 0 { found.append(number) }
    }
    return found
  }

  /// The folder that a process is in now.
  static func folder(of pid: pid_t) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/\(pid)/cwd", &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
  }

  /// The value of an environment variable that the process was started with.
  static func variable(_ name: String, of pid: pid_t) -> String? {
    guard var bytes = try? Files.read("/proc/\(pid)/environ"), !bytes.isEmpty else { return nil }
    bytes.append(0)
    let prefix = name + "="
    let length = prefix.utf8.count
    return bytes.withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { text in
        var offset = 0
        while offset < text.count, let start = text.baseAddress?.advanced(by: offset) {
          if strncmp(start, prefix, length) == 0 { return String(cString: start.advanced(by: length)) }
          offset += strlen(start) + 1
        }
        return nil
      }
    }
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

  /// All listening TCP sockets: the rows of `/proc/net/tcp` and `tcp6` in state 0A (proc_net_tcp). They come first, so that the many
  /// rows of a busy machine's connections need not be read.
  private static func listeners() -> [(port: Int, inode: String)] {
    var found: [(port: Int, inode: String)] = []
    for path in ["/proc/net/tcp", "/proc/net/tcp6"] {
      guard let file = fopen(path, "re") else { continue }
      defer { fclose(file) }
      var line = [CChar](repeating: 0, count: 512)
      guard fgets(&line, Int32(line.count), file) != nil else { continue }
      while fgets(&line, Int32(line.count), file) != nil {
        let fields = line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)).split(separator: UInt8(ascii: " "))
        guard fields.count > 9, String(decoding: fields[3], as: UTF8.self) == "0A" else { break }
        let address = String(decoding: fields[1], as: UTF8.self)
        guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...], radix: 16) else { break }
        found.append((port, String(decoding: fields[9], as: UTF8.self)))
      }
    }
    return found
  }
}
