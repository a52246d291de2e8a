import Logging
import SlipwayEngine
import SlipwayModel
import SlipwayPorts

/// Tells the channels that requests name what the journal says of their rollouts: at least once, and for each channel in order.
///
/// It takes no part in any decision, and nobody waits for it. What it has told, or given up, is written into a stream of its own, so
/// that the server that comes after a crash tells the rest and nothing twice, but for what was sent and not yet written down.
package actor Courier {
  /// How long a receiver is asked again, and how often.
  package struct Terms: Hashable, Sendable {
    /// A notice that a server could not deliver for so long is given up; default 1 h.
    package let patience: TimeSpan
    /// Before the second attempt, doubled each time; default 1 s.
    package let firstPause: TimeSpan
    /// Default 5 min.
    package let longestPause: TimeSpan

    package init(patience: TimeSpan = .hours(1), firstPause: TimeSpan = .seconds(1), longestPause: TimeSpan = .minutes(5)) {
      self.patience = patience
      self.firstPause = firstPause
      self.longestPause = longestPause
    }
  }

  private let journal: any EventJournal
  private let notifier: any Notifier
  private let clock: any EngineClock
  private let desk: NewsDesk
  private let terms: Terms
  private let logger: Logger
  /// Rollouts that name a channel and are not over as far as was read.
  private var readers: [String: Reader] = [:]
  private var bags: [Route: Mailbag] = [:]
  /// Rollouts whose news could not be read.
  private var unread: Set<String> = []
  /// Routes of which it was said that they fail.
  private var silent: Set<Route> = []

  /// What was read of a rollout.
  private struct Reader {
    var rollout: Rollout?
    var newest: Int64 = -1
    /// The newest entry that each channel was told, or will never be.
    var told: [Name: Int64] = [:]
  }

  package init(
    journal: any EventJournal, notifier: any Notifier, clock: any EngineClock, desk: NewsDesk, terms: Terms = Terms(), logger: Logger
  ) {
    self.journal = journal
    self.notifier = notifier
    self.clock = clock
    self.desk = desk
    self.terms = terms
    self.logger = logger
  }

  /// Takes up what the engine knows, and tells until the task is cancelled.
  package func run(_ engine: Engine) async {
    while !Task.isCancelled {
      do {
        try await takeUp(await engine.rollouts().filter { $0.request.environment.notify != nil })
        break
      } catch {
        logger.warning("what was told before can't be read, so nothing is told", metadata: ["error": "\(error)"])
        do { try await clock.sleep(for: .seconds(5)) } catch { return }
      }
    }
    while !Task.isCancelled {
      let seen = desk.changes.count
      await wait(past: seen, until: await tick())
    }
  }

  /// Finds out what of these rollouts has not been told.
  ///
  /// - Throws: `SlipwayError` when the journal can't be read; nothing has been taken up then.
  package func takeUp(_ rollouts: [Rollout]) async throws {
    desk.follow(rollouts.lazy.filter { !$0.phase.isTerminal }.map(\.id))
    var told: [String: [Name: NoticeRecord]] = [:]
    for environment in Set(rollouts.map(\.key.environment)) {
      for entry in try await journal.entries(of: NoticeStream.name(of: environment), after: -1) {
        guard let record = try NoticeStream.record(of: entry) else { continue }
        let before = told[record.rollout]?[record.channel]?.entry ?? -1
        if record.entry > before { told[record.rollout, default: [:]][record.channel] = record }
      }
    }
    for rollout in rollouts where readers[rollout.id] == nil {
      let known = told[rollout.id] ?? [:]
      // Nothing comes after an end: what was told of that has nothing left to read.
      let isOver = (rollout.request.environment.notify ?? []).allSatisfy { known[$0.name]?.event.isEnd ?? false }
      if isOver { continue }
      readers[rollout.id] = Reader(told: known.mapValues(\.entry))
      unread.insert(rollout.id)
    }
  }

  /// Reads what is new, and sends what is due: to all channels side by side, to each one after the other.
  ///
  /// - Returns: when there is something to do again without news; `nil`: never.
  package func tick() async -> Timestamp? {
    await read(Set(desk.take()).union(unread).sorted())
    let now = clock.now()
    let due = bags.filter { $0.value.next(at: now) != nil }.map(\.key)
    if due.count == 1 {
      await empty(due[0])
    } else {
      await withDiscardingTaskGroup { group in
        for route in due { group.addTask { await self.empty(route) } }
      }
    }
    bags = bags.filter { !$0.value.letters.isEmpty }
    let again = bags.values.map { $0.notBefore ?? clock.now() }.min()
    return unread.isEmpty ? again : min(again ?? clock.now() + .seconds(5), clock.now() + .seconds(5))
  }

  private func wait(past seen: Int, until instant: Timestamp?) async {
    guard let instant else { return await desk.changes.wait(past: seen) }
    let span = instant - clock.now()
    if span <= .zero { return }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.desk.changes.wait(past: seen) }
      group.addTask { do { try await self.clock.sleep(for: span) } catch {} }
      await group.next()
      group.cancelAll()
    }
  }
}

// MARK: From the journal

extension Courier {
  private func read(_ ids: [String]) async {
    for id in ids {
      do {
        try await read(id)
        unread.remove(id)
      } catch is CancellationError {
        return
      } catch {
        if unread.insert(id).inserted {
          logger.warning("a rollout can't be read, so nothing of it is told", metadata: ["rollout": "\(id)", "error": "\(error)"])
        }
      }
    }
  }

  private func read(_ id: String) async throws {
    var reader = readers[id] ?? Reader()
    for entry in try await journal.entries(of: RolloutStream.name(of: id), after: reader.newest) {
      let event = try Event(kind: entry.kind, body: entry.body)
      if case .rolloutStarted(let start) = event, reader.rollout == nil {
        reader.rollout = Rollout(start, at: entry.at)
      } else {
        reader.rollout?.apply(event, at: entry.at)
      }
      reader.newest = entry.index
      guard let rollout = reader.rollout, let told = NotificationEvent(event) else { continue }
      let notice = Notice(event, as: told, of: rollout, entry: entry)
      for channel in rollout.request.environment.notify ?? []
      where channel.events.contains(told) && entry.index > reader.told[channel.name] ?? -1 {
        let letter = Letter(notice: notice, channel: channel, folder: rollout.request.folder, since: clock.now())
        bags[letter.route, default: Mailbag()].add(letter)
        reader.told[channel.name] = entry.index
      }
    }
    let isOver = reader.rollout?.phase.isTerminal ?? true
    readers[id] = isOver ? nil : reader
    if isOver { desk.leave(id) }
  }
}

// MARK: To the channels

extension Courier {
  /// Sends the letters of a route until there are no more, or one can't be delivered now.
  private func empty(_ route: Route) async {
    while !Task.isCancelled, let letter = bags[route]?.next(at: clock.now()) {
      if letter.outcome == nil {
        let result = await send(letter)
        if Task.isCancelled { return }
        switch result {
        case .success(.taken):
          bags[route]?.settle(.delivered)
          if silent.remove(route) != nil { logger.info("a channel takes notices again", metadata: Self.metadata(letter)) }
        case .success(.refused(let reason)): bags[route]?.settle(.givenUp(reason))
        case .failure(let error):
          bags[route]?.fail(error.message, at: clock.now(), terms)
          note(error, letter)
        }
      }
      guard await record(route) else { return }
    }
  }

  private func send(_ letter: Letter) async -> Result<NoticeAnswer, SlipwayError> {
    do { return .success(try await notifier.tell(letter.notice, to: letter.channel, in: letter.folder)) } catch {
      return .failure(.wrapping(error, code: .init("notice-not-taken"), message: "the notice could not be sent"))
    }
  }

  /// Writes down what became of the first letters.
  ///
  /// - Returns: whether the route may go on.
  private func record(_ route: Route) async -> Bool {
    let settled = bags[route]?.settled ?? []
    if settled.isEmpty { return true }
    let now = clock.now()
    let drafts = settled.map { NoticeStream.draft(NoticeRecord($0, reason: $0.outcome?.reason), route.environment, at: now) }
    do {
      _ = try await journal.append(drafts, after: nil, fence: nil)
    } catch {
      // Without that a later server would tell it again; nothing else is told before.
      bags[route]?.wait(until: clock.now() + .seconds(5))
      return false
    }
    bags[route]?.remove(settled.count)
    for letter in settled {
      guard let reason = letter.outcome?.reason else { continue }
      logger.warning("a notice is given up", metadata: Self.metadata(letter).merging(["reason": "\(reason)"]) { $1 })
    }
    return true
  }

  /// A channel that fails is logged once, and once more when it takes something again.
  private func note(_ error: SlipwayError, _ letter: Letter) {
    guard silent.insert(letter.route).inserted else { return }
    logger.warning(
      "a notice could not be delivered and will be tried again",
      metadata: Self.metadata(letter).merging(["error": "\(error.message)"]) { $1 })
  }

  private static func metadata(_ letter: Letter) -> Logger.Metadata {
    [
      "channel": "\(letter.channel.name)", "environment": "\(letter.notice.environment)", "rollout": "\(letter.notice.rollout)",
      "event": "\(letter.notice.event.rawValue)",
    ]
  }
}
