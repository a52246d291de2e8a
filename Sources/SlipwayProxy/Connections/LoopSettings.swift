import NIOCore
import NIOHTTP1
import SlipwayModel

/// A route's settings in the units of the event loop.
struct LoopSettings: Sendable {
  let limits: ProxyLimits
  let exposeSlot: Bool
  let trustForwarded: Bool
  /// Each event loop has its share of what is limited for the whole route.
  let connections: Int
  let heldRequests: Int
  let mirroredRequests: Int

  let headerTime: TimeAmount
  let idleTime: TimeAmount
  let idleUpstreamTime: TimeAmount
  let connectTime: TimeAmount
  let responseTime: TimeAmount
  let bodyIdleTime: TimeAmount
  let heldTime: TimeAmount
  /// How often time-outs are looked at: a quarter of the shortest, within 10 ms and 250 ms.
  let sweepTime: TimeAmount

  init(_ route: RouteConfiguration, loops: Int) {
    limits = route.limits
    exposeSlot = route.exposeSlot
    trustForwarded = route.trustForwarded
    func share(_ total: Int) -> Int { total > 0 ? max(1, total / loops) : 0 }
    connections = share(limits.connections)
    heldRequests = share(limits.heldRequests)
    mirroredRequests = share(limits.mirroredRequests)
    headerTime = .milliseconds(limits.headerTime.milliseconds)
    idleTime = .milliseconds(limits.idleTime.milliseconds)
    idleUpstreamTime = .milliseconds(limits.idleUpstreamTime.milliseconds)
    connectTime = .milliseconds(limits.connectTime.milliseconds)
    responseTime = .milliseconds(limits.responseTime.milliseconds)
    bodyIdleTime = .milliseconds(limits.bodyIdleTime.milliseconds)
    heldTime = .milliseconds(limits.heldTime.milliseconds)
    let shortest =
      [
        limits.headerTime, limits.idleTime, limits.idleUpstreamTime, limits.responseTime, limits.bodyIdleTime, limits.heldTime,
      ].map(\.milliseconds).min() ?? 1000
    sweepTime = .milliseconds(min(250, max(10, shortest / 4)))
  }

  var decoderLimits: NIOHTTPDecoderLimitConfiguration {
    var configuration = NIOHTTPDecoderLimitConfiguration()
    configuration.maxHeaderFieldSize = limits.headerBytes
    configuration.maxHeaderListSize = limits.headerBytes
    configuration.maxHeaderFieldCount = limits.headerFields
    return configuration
  }

  var waterMark: ChannelOptions.Types.WriteBufferWaterMark {
    let high = max(2, limits.bufferedBytes)
    return ChannelOptions.Types.WriteBufferWaterMark(low: high / 2, high: high)
  }
}
