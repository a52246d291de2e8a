import Glibc
import Logging
import ServiceLifecycle
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import Synchronization

/// The engine as a service: it is cancelled when the server shuts down, which leaves every rollout where it is.
struct EngineService: Service, CustomStringConvertible {
  let engine: Engine
  /// When it returns, the engine is cancelled at once, and the server shuts down.
  let end: @Sendable () async -> Void
  let shutdown: ShutdownTrigger
  var description: String { "engine" }

  func run() async throws {
    try await work(until: end, shutdown) { await engine.run() }
  }
}

extension Service {
  /// Does the work of a service until `end` returns; then the work is cancelled, and only after that the whole server shuts down: its
  /// listeners may still have requests to answer.
  func work(until end: @escaping @Sendable () async -> Void, _ shutdown: ShutdownTrigger, _ body: @escaping @Sendable () async -> Void)
    async throws
  {
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await body() }
        group.addTask { await end() }
        await group.next()
        group.cancelAll()
      }
      if !Task.isCancelled { await shutdown.fire() }
    }
    // A service that returns before it was asked to counts as a failure.
    try await gracefulShutdown()
  }
}

/// A server that stands by: it takes in what the leader writes, and drives nothing.
struct FollowingService: Service, CustomStringConvertible {
  let engine: Engine
  let clock: any EngineClock
  let logger: Logger
  let end: @Sendable () async -> Void
  let shutdown: ShutdownTrigger
  var description: String { "following" }

  func run() async throws {
    try await work(until: end, shutdown) {
      var isFailing = false
      while !Task.isCancelled {
        do {
          try await engine.follow()
          isFailing = false
        } catch is CancellationError {
          return
        } catch {
          if !isFailing { logger.warning("the journal can't be read", metadata: ["error": "\(error)"]) }
          isFailing = true
        }
        do { try await clock.sleep(for: .seconds(1)) } catch { return }
      }
    }
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

enum Errno {
  static let addressInUse = EADDRINUSE
}
