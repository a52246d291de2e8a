import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime

/// What the receivers of notices do when something is wrong with them.
extension World {
  /// The size: how long, up to four minutes. `notifier-down` refuses connections; `notifier-hangs` does not answer, and above one half has
  /// the notice all the same; `notifier-refuses` wants none, also not later.
  func strikeNotifier(_ fault: Fault) { last(fault, longest: .minutes(4)) }

  /// A server sends a notice.
  func receive(_ notice: Notice, _ channel: NotificationChannel) async throws -> NoticeAnswer {
    let draft = journal.draft(at: notice.journalIndex)
    if let words = post?.objection(to: notice, channel, draft, alone: !oracle.hasTwoServers) { violate(.told, words) }
    if lasts(.notifierRefuses) != nil {
      post?.trouble(channel)
      return .refused("the receiver answered 410")
    }
    if lasts(.notifierDown) != nil {
      post?.trouble(channel)
      throw Self.notTaken
    }
    if let fault = lasts(.notifierHangs) {
      post?.trouble(channel)
      if fault.size > 0.5 { accept(notice, channel) }
      try await scheduler.sleep(until: now + .seconds(9))
      throw Self.notTaken
    }
    accept(notice, channel)
    return .taken
  }

  private static let notTaken = SlipwayError(.init("notice-unreachable"), .broken, "the receiver does not answer", remedy: "wait")

  private func accept(_ notice: Notice, _ channel: NotificationChannel) {
    post?.receive(notice, channel)
    trace?.add(now, notice.rollout, "\(channel.name) is told: \(notice.event.rawValue), entry \(notice.journalIndex)")
  }

  /// An entry says what became of a notice.
  func settleNotice(_ draft: JournalDraft) {
    do {
      switch try post?.settle(draft, server: counts.servers) {
      case .success(let seen): for sighting in seen { oracle.sightings.see(sighting) }
      case .failure(let objection): if !oracle.hasTwoServers { violate(.told, objection.words) }
      case nil: break
      }
    } catch { violate(.told, "what became of a notice can't be read: \(error)") }
    trace?.add(now, "courier", draft.kind)
  }

  /// Waits until everything has been told or given up, for as long as that may take once nothing fails any more.
  func untilTold() async {
    let deadline = now + .minutes(8)
    while post?.open != nil, now < deadline, end == nil {
      do { try await scheduler.sleep(until: now + .seconds(1)) } catch { return }
    }
  }

  /// The run is over: each channel has been told what it was to hear, or the journal says why not.
  func judgeNotices() {
    guard end == .completed, !oracle.hasTwoServers, let words = post?.open else { return }
    violate(.told, words)
  }
}

extension ServerPorts: Notifier {
  func tell(_ notice: Notice, to channel: NotificationChannel, in folder: String) async throws -> NoticeAnswer {
    _ = try await enter()
    let answer = try await world.receive(notice, channel)
    try requireAlive()
    return answer
  }
}
