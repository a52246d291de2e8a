import Logging
import SlipwayKubernetes
import SlipwayModel
import SlipwayNotify
import SlipwayPorts
import SlipwayRuntime

/// What tells channels of the rollouts that a server drives.
struct NoticeComposition: Sendable {
  private let webhooks: Webhooks
  private let courier: Courier

  /// - Parameters:
  ///   - journal: what the engine writes to, with `desk` listening.
  ///   - tenure: outside of it nothing is told; `nil` for a server that needs no Lease.
  init(
    journal: any EventJournal, desk: NewsDesk, values: any ValueStore, clock: any EngineClock, tenure: Tenure?, logger: Logger
  ) {
    let webhooks = Webhooks(values: values)
    self.webhooks = webhooks
    courier = Courier(
      journal: journal, notifier: tenure.map { TenuredNotifier(notifier: webhooks, tenure: $0) } ?? webhooks, clock: clock, desk: desk,
      logger: logger)
  }

  /// Tells until the task is cancelled, beside whatever else gives the engine work.
  ///
  /// - Throws: what that throws.
  func run(_ engine: Engine, beside other: (@Sendable (Engine) async throws -> Void)?) async throws {
    guard let other else { return await courier.run(engine) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await courier.run(engine) }
      group.addTask { try await other(engine) }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  func close() async { await webhooks.close() }
}

/// Tells nothing once this server no longer leads: who does tells it.
private struct TenuredNotifier: Notifier {
  let notifier: any Notifier
  let tenure: Tenure

  func tell(_ notice: Notice, to channel: NotificationChannel, in folder: String) async throws -> NoticeAnswer {
    try tenure.require()
    return try await notifier.tell(notice, to: channel, in: folder)
  }
}
