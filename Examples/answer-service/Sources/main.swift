#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Dispatch
import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.contains("--help") {
  print("answer-service: a small service to deploy, with switches to make it fail.\n")
  for (name, help) in Settings.switches {
    let flag = "--" + name.lowercased().replacing("_", with: "-")
    print("  \(name) or \(flag)".padded(to: 52) + help)
  }
  exit(0)
}

let settings: Settings
do {
  settings = try Settings(environment: ProcessInfo.processInfo.environment, arguments: arguments)
} catch {
  log("-", (error as? SettingsError)?.message ?? "\(error)")
  exit(64)
}

signal(SIGPIPE, SIG_IGN)
if settings.ignoreTerm { signal(SIGTERM, SIG_IGN) }
if let status = settings.exitBeforeBind {
  log(settings.version, "exits with status \(status) as asked by EXIT_BEFORE_BIND")
  exit(status)
}
if settings.startDelayMilliseconds > 0 {
  log(settings.version, "waits \(settings.startDelayMilliseconds) ms before it listens")
  usleep(UInt32(settings.startDelayMilliseconds) * 1000)
}

let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
let service = Service(settings, started: .now())
let connections = Connections()
let listener: any Channel
do {
  listener = try listen(service, connections, on: group).wait()
} catch {
  log(settings.version, "can't listen on \(settings.host):\(settings.port): \(error)")
  exit(71)
}
log(settings.version, "listens on \(settings.host):\(listener.localAddress?.port ?? settings.port), process \(getpid())")

if let delay = settings.crashAfterMilliseconds {
  group.next().scheduleTask(in: .milliseconds(Int64(delay))) { crash(settings.version, "its time is up (CRASH_AFTER_MS)") }
}

/// A signal that ends the process in order: the listener closes, which lets the last lines below go on.
func stop(on number: Int32) -> any DispatchSourceSignal {
  signal(number, SIG_IGN)
  let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
  source.setEventHandler {
    log(settings.version, "signal \(number): finishes what has begun")
    service.stop()
    listener.close(promise: nil)
  }
  source.resume()
  return source
}
let sources = (settings.ignoreTerm ? [] : [SIGTERM]).map(stop) + [stop(on: SIGINT)]

try listener.closeFuture.wait()
try connections.finish(on: group.next()).wait()
log(settings.version, "is done")
withExtendedLifetime(sources) { exit(0) }

extension String {
  /// With spaces at the end, up to a width.
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(1, width - count))
  }
}
