import NIOConcurrencyHelpers
import NIOCore

/// The open connections, so that they can be told to end.
final class Connections: Sendable {
  private let open = NIOLockedValueBox<[ObjectIdentifier: any Channel]>([:])

  func add(_ channel: any Channel) {
    open.withLockedValue { $0[ObjectIdentifier(channel)] = channel }
    channel.closeFuture.whenComplete { _ in
      self.open.withLockedValue { $0[ObjectIdentifier(channel)] = nil }
    }
  }

  /// Idle connections are closed, busy ones after their request. The future completes when none is left.
  func finish(on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
    let channels = open.withLockedValue { Array($0.values) }
    for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    return EventLoopFuture.andAllComplete(channels.map(\.closeFuture), on: eventLoop)
  }
}
