import Glibc
import Logging
import ServiceLifecycle
import SlipwayRuntime
import Synchronization

/// The engine as a service: it is cancelled when the server shuts down, which leaves every rollout where it is.
struct EngineService: Service, CustomStringConvertible {
  let engine: Engine
  var description: String { "engine" }

  func run() async throws {
    await cancelWhenGracefulShutdown { await engine.run() }
  }
}

/// What gives the engine work besides the API.
struct CompanionService: Service, CustomStringConvertible {
  let engine: Engine
  let work: @Sendable (Engine) async throws -> Void
  var description: String { "companion" }

  func run() async throws {
    try await cancelWhenGracefulShutdown { try await work(engine) }
  }
}

/// Lets a request end the server that answers it.
final class ShutdownTrigger: Sendable {
  private let group = Mutex<ServiceGroup?>(nil)

  func use(_ serviceGroup: ServiceGroup) { group.withLock { $0 = serviceGroup } }

  /// Returns at once; the request that asked is answered before the server ends.
  func fire() async { await group.withLock { $0 }?.triggerGracefulShutdown() }
}

enum SocketFile {
  /// Only the owner may connect. Until this is done the folder's own mode (0700) keeps others out.
  static func makePrivate(_ path: String, _ logger: Logger) async {
    if chmod(path, 0o600) != 0 {
      logger.warning("the socket's mode could not be set", metadata: ["socket": "\(path)", "errno": "\(errno)"])
    }
  }
}

enum Errno {
  static let addressInUse = EADDRINUSE
}
