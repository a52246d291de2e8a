import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// Begins to listen. The future fails when the port is taken.
func listen(_ service: Service, _ connections: Connections, on group: any EventLoopGroup) -> EventLoopFuture<any Channel> {
  ServerBootstrap(group: group)
    .serverChannelOption(.backlog, value: 1024)
    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
    .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
    .childChannelInitializer { channel in
      channel.eventLoop.makeCompletedFuture {
        connections.add(channel)
        try addHandlers(to: channel, service)
      }
    }
    .bind(host: service.settings.host, port: service.settings.port)
}

private func addHandlers(to channel: any Channel, _ service: Service) throws {
  let upgrader = NIOWebSocketServerUpgrader(
    maxFrameSize: 1 << 20,
    shouldUpgrade: { channel, head in
      let isEcho = head.uri == "/v1/echo" || head.uri.hasPrefix("/v1/echo?")
      let headers: HTTPHeaders? = isEcho && !service.isStopping ? ["X-Version": service.settings.version] : nil
      return channel.eventLoop.makeSucceededFuture(headers)
    },
    upgradePipelineHandler: { channel, _ in
      channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(EchoHandler()) }
    })
  let httpName = "answer-http"
  try channel.pipeline.syncOperations.configureHTTPServerPipeline(
    withServerUpgrade: (
      upgraders: [upgrader],
      completionHandler: { context in
        context.pipeline.syncOperations.removeHandler(name: httpName, promise: nil)
      }
    ))
  try channel.pipeline.syncOperations.addHandler(HTTPHandler(service), name: httpName)
}
