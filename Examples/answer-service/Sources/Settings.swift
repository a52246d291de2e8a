/// How this service behaves and misbehaves. Each switch is an environment variable (`ERROR_PERCENT=20`) and a flag
/// (`--error-percent 20`); the flag wins. Nothing can be changed while it runs.
struct Settings: Equatable, Sendable {
  /// What `X-Version` and the answers say.
  var version = "dev"
  var host = "127.0.0.1"
  /// 0 takes any free port; the first log line names it.
  var port = 8080
  /// Share of the requests to `/v1/` that is answered with status 500, in percent; steps of a tenth count.
  var errorPercent = 0.0
  /// Time that an answer takes, before jitter.
  var latencyMilliseconds = 0
  /// Upper bound of the time added to `latencyMilliseconds`, spread evenly.
  var jitterMilliseconds = 0
  /// Time between start and listening.
  var startDelayMilliseconds = 0
  /// Time between listening and answering 200 on `/ready`.
  var readyDelayMilliseconds = 0
  /// `/ready` answers 503 for ever.
  var neverReady = false
  /// The process dies with status 70 when it has been asked this often on `/v1/`; `nil` is never.
  var crashAfterRequests: Int?
  /// The process dies with status 70 this long after it began to listen; `nil` is never.
  var crashAfterMilliseconds: Int?
  /// The process exits with this status instead of listening.
  var exitBeforeBind: Int32?
  /// SIGTERM has no effect; only SIGKILL ends the process.
  var ignoreTerm = false
}

/// A switch with a value that can't be used, or an unknown flag.
struct SettingsError: Error, Equatable {
  let message: String
}

extension Settings {
  /// Every switch by the name of its environment variable, with one line of help.
  static let switches: [(name: String, help: String)] = [
    ("VERSION", "what X-Version and the answers say"),
    ("HOST", "address to listen on (127.0.0.1)"),
    ("PORT", "port to listen on, 0 for any (8080)"),
    ("ERROR_PERCENT", "share of /v1/ requests answered with 500"),
    ("LATENCY_MS", "time that an answer takes"),
    ("JITTER_MS", "largest time added to it"),
    ("START_DELAY_MS", "wait before listening"),
    ("READY_DELAY_MS", "wait before /ready answers 200"),
    ("NEVER_READY", "1: /ready answers 503 for ever"),
    ("CRASH_AFTER_REQUESTS", "die when asked this often"),
    ("CRASH_AFTER_MS", "die this long after listening"),
    ("EXIT_BEFORE_BIND", "exit with this status instead of listening"),
    ("IGNORE_TERM", "1: SIGTERM has no effect"),
  ]

  /// Throws ``SettingsError`` that names the switch and what it takes.
  init(environment: [String: String], arguments: [String]) throws {
    self.init()
    for (name, _) in Self.switches {
      if let value = environment[name], !value.isEmpty { try set(name, to: value) }
    }
    var rest = arguments[...]
    while let flag = rest.popFirst() {
      let parts = flag.split(separator: "=", maxSplits: 1).map(String.init)
      let name = parts[0].dropFirst(2).replacing("-", with: "_").uppercased()
      guard flag.hasPrefix("--"), Self.switches.contains(where: { $0.name == name }) else {
        throw SettingsError(message: "unknown argument \(flag); --help lists what there is")
      }
      guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else {
        throw SettingsError(message: "\(flag) needs a value")
      }
      try set(name, to: value)
    }
  }

  private mutating func set(_ name: String, to value: String) throws {
    switch name {
    case "VERSION": version = value
    case "HOST": host = value
    case "PORT": port = try Self.number(name, value, 0...65_535)
    case "ERROR_PERCENT": errorPercent = try Self.percent(name, value)
    case "LATENCY_MS": latencyMilliseconds = try Self.number(name, value)
    case "JITTER_MS": jitterMilliseconds = try Self.number(name, value)
    case "START_DELAY_MS": startDelayMilliseconds = try Self.number(name, value)
    case "READY_DELAY_MS": readyDelayMilliseconds = try Self.number(name, value)
    case "NEVER_READY": neverReady = try Self.flag(name, value)
    case "CRASH_AFTER_REQUESTS": crashAfterRequests = try Self.number(name, value)
    case "CRASH_AFTER_MS": crashAfterMilliseconds = try Self.number(name, value)
    case "EXIT_BEFORE_BIND": exitBeforeBind = Int32(try Self.number(name, value, 0...255))
    case "IGNORE_TERM": ignoreTerm = try Self.flag(name, value)
    default: throw SettingsError(message: "unknown switch \(name)")
    }
  }

  /// An hour bounds every time, so that a slip of the finger ends.
  private static func number(_ name: String, _ value: String, _ range: ClosedRange<Int> = 0...3_600_000) throws -> Int {
    guard let number = Int(value), range.contains(number) else {
      throw SettingsError(message: "\(name) is a whole number from \(range.lowerBound) to \(range.upperBound), not \(value)")
    }
    return number
  }

  private static func percent(_ name: String, _ value: String) throws -> Double {
    guard let number = Double(value), (0...100).contains(number) else {
      throw SettingsError(message: "\(name) is a number from 0 to 100, not \(value)")
    }
    return number
  }

  private static func flag(_ name: String, _ value: String) throws -> Bool {
    switch value {
    case "1", "true": return true
    case "0", "false": return false
    default: throw SettingsError(message: "\(name) is 1 or 0, not \(value)")
    }
  }
}
