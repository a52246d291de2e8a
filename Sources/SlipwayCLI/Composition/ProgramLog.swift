import Foundation
import Logging

/// The log of the programs that run in the background: standard error, which goes to a file of the state folder.
enum ProgramLog {
  /// - Parameter label: `serve` or `agent`. `SLIPWAY_LOG` sets the level: `debug`, `info` (the default), `warning`, `error`.
  static func logger(_ label: String) -> Logger {
    var logger = Logger(label: label) { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = ProcessInfo.processInfo.environment["SLIPWAY_LOG"].flatMap { Logger.Level(rawValue: $0) } ?? .info
    return logger
  }

  /// For a command that a person runs: warnings only.
  static func warnings(_ label: String) -> Logger {
    var logger = logger(label)
    logger.logLevel = max(logger.logLevel, .warning)
    return logger
  }
}
