import NIOConcurrencyHelpers
import NIOCore
import SlipwayModel

/// Merges what the event loops have counted into one interval a second.
final class MetricCollector: @unchecked Sendable {  // `lastEnd`, `lastTick` and `task` are confined to the home loop
  static let period = TimeAmount.seconds(1)
  /// Shared by all seconds without requests: figures are large, and most seconds of a quiet route are alike.
  private static let nothing = SlotFigures()

  private let ring = NIOLockedValueBox(MetricRing())
  private let home: any EventLoop
  private let loops: [LoopRoute]
  private let now: @Sendable () -> Timestamp
  private var lastEnd: Timestamp
  private var lastTick = NIODeadline.now()
  private var task: RepeatedTask?

  init(home: any EventLoop, loops: [LoopRoute], now: @escaping @Sendable () -> Timestamp) {
    self.home = home
    self.loops = loops
    self.now = now
    lastEnd = now()
  }

  /// Begins to collect; to be called on the home loop.
  func start() {
    lastEnd = now()
    lastTick = .now()
    task = home.scheduleRepeatedAsyncTask(initialDelay: Self.period, delay: Self.period) { _ in self.collect() }
  }

  func stop() { task?.cancel() }

  func series(since: Timestamp) -> MetricSeries { ring.withLockedValue { $0.series(since: since) } }

  /// Takes the figures of all loops as one interval up to now.
  private func collect() -> EventLoopFuture<Void> {
    let taken = loops.map { route in
      route.loop.submit { Figures(blue: route.blue.takeFigures(), green: route.green.takeFigures()) }
    }
    return EventLoopFuture.whenAllSucceed(taken, on: home).map { self.append($0) }
  }

  private func append(_ parts: [Figures]) {
    let tick = NIODeadline.now()
    let end = intervalEnd(at: tick)
    let interval = MetricInterval(
      start: lastEnd, length: end - lastEnd, blue: merged(parts.compactMap(\.blue)), green: merged(parts.compactMap(\.green)))
    lastEnd = end
    lastTick = tick
    ring.withLockedValue { $0.append(interval) }
  }

  /// Wall time, except when that was set back: then the time that really passed counts, so that intervals never overlap.
  private func intervalEnd(at tick: NIODeadline) -> Timestamp {
    let elapsed = max(1, (tick - lastTick).nanoseconds / 1_000_000)
    let wall = now()
    return wall > lastEnd ? wall : lastEnd + .milliseconds(elapsed)
  }

  private func merged(_ parts: [SlotFigures]) -> SlotFigures {
    parts.reduce(into: Self.nothing) { $0.add($1) }
  }

  private struct Figures: Sendable {
    let blue: SlotFigures?
    let green: SlotFigures?
  }
}
