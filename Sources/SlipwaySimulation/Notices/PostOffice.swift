import Foundation
import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime

/// The receivers of notices, what they were told, and what the journal says of that. Only worlds whose environment names channels have one.
///
/// It holds the courier to the journal by rules of its own: which entries are told as what is decided here once more.
struct PostOffice {
  /// One notice for one channel.
  private struct Item: Hashable {
    let rollout: String
    let entry: Int64
    let channel: Name
  }

  /// A rollout's notices for one channel.
  private struct Line: Hashable {
    let rollout: String
    let channel: Name
  }

  /// What is to be told, in the order of the journal, with the number of the newest server when the entry was written.
  private var due: [(item: Item, writer: Int)] = []
  private var places: [Item: Int] = [:]
  /// Which receivers have it.
  private var taken: Set<Item> = []
  /// The newest entry of which the journal says what became of it.
  private var settled: [Line: Int64] = [:]
  /// Channels that have failed, or refused something.
  private var troubled: Set<Name> = []
  /// The channels of each rollout.
  private var channels: [String: [NotificationChannel]] = [:]

  /// In a world times are short: so that campaigns see notices that are given up.
  static let terms = Courier.Terms(patience: .minutes(2), firstPause: .seconds(1), longestPause: .seconds(30))

  /// An entry became durable.
  mutating func take(_ event: Event, _ stream: String, index: Int64, writer: Int) {
    guard let rollout = RolloutName.rollout(of: stream) else { return }
    if case .rolloutStarted(let start) = event { channels[rollout] = start.request.environment.notify }
    guard let told = Self.told(event) else { return }
    for channel in channels[rollout] ?? [] where channel.events.contains(told) {
      let item = Item(rollout: rollout, entry: index, channel: channel.name)
      places[item] = due.count
      due.append((item, writer))
    }
  }

  private static func told(_ event: Event) -> NotificationEvent? {
    switch event {
    case .rolloutStarted: .started
    case .undecided: .undecided
    case .rollbackStarted: .rollingBack
    case .rolloutRolledBack: .rolledBack
    case .rolloutFailed: .failed
    case .rolloutSucceeded: .succeeded
    case .intentRecorded(let intent): intent.kind == .pause ? .paused : nil
    case _: nil
    }
  }

  /// A server sends a notice.
  ///
  /// - Parameter draft: the entry at the notice's index; `nil` when the journal has none.
  /// - Returns: what is wrong with that.
  func objection(to notice: Notice, _ channel: NotificationChannel, _ draft: JournalDraft?, alone: Bool) -> String? {
    let item = Item(rollout: notice.rollout, entry: notice.journalIndex, channel: channel.name)
    guard let draft, let event = draft.content as? Event, RolloutName.rollout(of: draft.stream) == notice.rollout else {
      return "\(notice.id) is told, and the journal has no such entry"
    }
    guard Self.told(event) == notice.event, draft.at == notice.at else { return "\(notice.id) is told otherwise than the journal says" }
    guard places[item] != nil, channels[notice.rollout]?.contains(channel) == true else {
      return "\(notice.id) is told to \(channel.name), which was not to hear of it"
    }
    let last = settled[Line(rollout: notice.rollout, channel: channel.name)] ?? -1
    return alone && notice.journalIndex <= last ? "\(notice.id) is told to \(channel.name) again, or too late" : nil
  }

  mutating func receive(_ notice: Notice, _ channel: NotificationChannel) {
    taken.insert(Item(rollout: notice.rollout, entry: notice.journalIndex, channel: channel.name))
  }

  mutating func trouble(_ channel: NotificationChannel) { troubled.insert(channel.name) }

  /// The journal says what became of a notice.
  ///
  /// - Parameter server: the number of the newest one.
  /// - Returns: what is wrong with that, or what was seen by it.
  mutating func settle(_ draft: JournalDraft, server: Int) throws -> Result<[Sighting], Objection> {
    let record = try JSONDecoder().decode(NoticeRecord.self, from: Data(draft.body))
    let item = Item(rollout: record.rollout, entry: record.entry, channel: record.channel)
    let line = Line(rollout: record.rollout, channel: record.channel)
    guard let place = places[item] else { return .failure(Objection("the journal knows of a notice of \(item) that was never due")) }
    settled[line] = max(settled[line] ?? -1, record.entry)
    guard draft.kind == NoticeRecord.Kind.delivered.rawValue else {
      guard troubled.contains(record.channel) else { return .failure(Objection("\(item) is given up without having failed")) }
      return .success([.noticeGivenUp])
    }
    guard taken.contains(item) else { return .failure(Objection("the journal says that \(item) was told, and nobody was")) }
    var seen: [Sighting] = [record.attempts == 1 ? .toldAtOnce : .toldAfterFault]
    if due[place].writer < server { seen.append(.toldAfterCrash) }
    return .success(seen)
  }

  /// What is wrong.
  struct Objection: Error {
    let words: String

    init(_ words: String) { self.words = words }
  }

  /// What should have been told, or given up, and was not yet; in words.
  var open: String? {
    due.first { !isSettled($0.item) }.map { "entry \($0.item.entry) of \($0.item.rollout) was never told to \($0.item.channel)" }
  }

  private func isSettled(_ item: Item) -> Bool {
    settled[Line(rollout: item.rollout, channel: item.channel)] ?? -1 >= item.entry
  }
}

/// The names of streams.
private enum RolloutName {
  static func rollout(of stream: String) -> String? {
    stream.hasPrefix("rollout/") ? String(stream.dropFirst("rollout/".count)) : nil
  }
}
