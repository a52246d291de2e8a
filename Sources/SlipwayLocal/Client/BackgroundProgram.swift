import Glibc
import SlipwayModel

/// A program that was started in the background: in a session of its own, so that the terminal's signals don't reach it, with its
/// output appended to a log.
package struct BackgroundProgram: Sendable {
  package let processID: Int32
  private let log: String
  private let logBegin: Int

  /// Starts it with this process's environment, its log made when it is missing.
  ///
  /// - Parameter arguments: absolute path of the program first.
  /// - Throws: `SlipwayError`: `state-not-writable`, `disk-full`, `state-broken`.
  package init(starting arguments: [String], in folder: String, log: String) throws {
    self.log = log
    logBegin = LogTail.size(of: log)
    do {
      processID = try Spawn(arguments: arguments, environment: ProcessEnvironment.inherited, folder: folder, output: log).start()
    } catch {
      throw SlipwayError.storage(error, doing: "starting \(arguments.dropFirst().first ?? arguments[0])")
    }
  }

  /// How it ended, in words; `nil` while it runs.
  package func ending() -> String? { ProcessExit.reap(processID).map { "\($0)" } }

  /// The last lines that it has written, oldest first; none when the log can't be read.
  package func lastLines() -> [String] { (try? LogTail.lines(of: log, from: logBegin)) ?? [] }

  /// Whether a process with this id exists and has not ended.
  package static func isRunning(_ processID: Int32) -> Bool {
    ProcessTable.status(of: processID).map { !$0.hasEnded } ?? false
  }
}
