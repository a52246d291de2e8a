import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import Synchronization

/// Channels in memory that can be made to fail.
actor TwinNotifier: Notifier {
  struct Told: Hashable {
    let channel: String
    let id: String
    let event: NotificationEvent
  }

  private(set) var told: [Told] = []
  private(set) var notices: [Notice] = []
  /// How often a channel was asked.
  private(set) var attempts: [String: Int] = [:]
  private var down: Set<String> = []
  private var refusing: Set<String> = []

  func breakDown(_ channels: String...) { down.formUnion(channels) }
  func repair() { (down, refusing) = ([], []) }
  func refuse(_ channels: String...) { refusing.formUnion(channels) }
  func events(of channel: String) -> [NotificationEvent] { told.filter { $0.channel == channel }.map(\.event) }

  func tell(_ notice: Notice, to channel: NotificationChannel, in folder: String) throws -> NoticeAnswer {
    let name = channel.name.description
    attempts[name, default: 0] += 1
    if down.contains(name) { throw SlipwayError(.init("notice-unreachable"), .broken, "nobody is there", remedy: "wait") }
    if refusing.contains(name) { return .refused("it answered 404") }
    told.append(Told(channel: name, id: notice.id, event: notice.event))
    notices.append(notice)
    return .taken
  }
}

/// A clock that stands where a test puts it; nobody sleeps by it.
final class HandClock: EngineClock {
  private let instant = Mutex(Timestamp(milliseconds: 1_795_000_000_000))

  func now() -> Timestamp { instant.withLock { $0 } }
  func sleep(for span: TimeSpan) async throws {
    try await Task.sleep(for: .seconds(3600))
  }
  func advance(_ span: TimeSpan) { instant.withLock { $0 = $0 + span } }
}
