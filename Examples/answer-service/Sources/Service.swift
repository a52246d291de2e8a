import NIOConcurrencyHelpers
import NIOCore

/// What all connections share: the switches, the faults, and whether the process is ready or about to end.
final class Service: Sendable {
  let settings: Settings
  let faults: Faults
  let metrics = RequestMetrics()
  private let readyAt: NIODeadline
  private let stopping = NIOLockedValueBox(false)
  private let errorsLogged = NIOLockedValueBox(0)

  /// - Parameter started: when the process began to listen.
  init(_ settings: Settings, started: NIODeadline) {
    self.settings = settings
    faults = Faults(settings)
    readyAt = started + .milliseconds(Int64(settings.readyDelayMilliseconds))
  }

  var isReady: Bool { !settings.neverReady && !isStopping && NIODeadline.now() >= readyAt }

  /// After SIGTERM: requests that have begun are finished, and their connections closed.
  var isStopping: Bool { stopping.withLockedValue { $0 } }
  func stop() { stopping.withLockedValue { $0 = true } }

  /// Logs the first twenty errors: enough to see in a log what happens, too little to fill a disk.
  func logError(_ number: Int) {
    let logged = errorsLogged.withLockedValue { logged in
      logged += 1
      return logged
    }
    if logged <= 20 { log(settings.version, "request \(number) fails as asked by ERROR_PERCENT") }
    if logged == 20 { log(settings.version, "further errors are not logged") }
  }
}
