import NIOCore
import NIOHTTP1
import SlipwayModel

/// One health probe: `GET path` over a connection of its own.
final class Probe: UpstreamClient, @unchecked Sendable {  // confined to its event loop
  enum Outcome {
    case ready
    /// It listens, but did not answer 200...299 in time. In words, what it did instead.
    case unhealthy(String)
    /// No connection could be opened. In words, why not.
    case refused(String)
  }

  private let path: String
  private let endpoint: Endpoint
  private let pool: UpstreamPool
  private let loop: any EventLoop
  private var upstream: UpstreamConnection?
  private var timeout: Scheduled<Void>?
  private var done: ((Outcome) -> Void)?

  init(path: String, endpoint: Endpoint, pool: UpstreamPool, loop: any EventLoop) {
    self.path = path
    self.endpoint = endpoint
    self.pool = pool
    self.loop = loop
  }

  /// Calls back once, on the event loop.
  func start(timeout limit: TimeSpan, _ done: @escaping (Outcome) -> Void) {
    self.done = done
    timeout = loop.scheduleTask(in: .milliseconds(limit.milliseconds)) {
      self.finish(
        self.upstream == nil
          ? .refused("port \(self.endpoint.port) accepted no connection within \(limit)")
          : .unhealthy("GET \(self.path) did not answer within \(limit)"))
    }
    pool.connect { connection in
      guard let connection else { return self.finish(.refused("nothing listens at port \(self.endpoint.port)")) }
      guard self.done != nil else { return connection.abandon() }
      self.upstream = connection
      connection.begin(self, isHead: false)
      let host = self.endpoint.host.contains(":") ? "[\(self.endpoint.host)]" : self.endpoint.host
      connection.write(
        ByteBuffer(
          string:
            "GET \(self.path) HTTP/1.1\r\nHost: \(host):\(self.endpoint.port)\r\nUser-Agent: slipway-health\r\nConnection: close\r\n\r\n"))
      connection.flush()
    }
  }

  func cancel() {
    done = nil
    timeout?.cancel()
    upstream?.abandon()
    upstream = nil
  }

  private func finish(_ outcome: Outcome) {
    guard let done else { return }
    cancel()
    done(outcome)
  }

  func upstreamHead(_ head: HTTPResponseHead) {
    let code = head.status.code
    if code >= 200 { finish((200...299).contains(code) ? .ready : .unhealthy("GET \(path) answered \(code)")) }
  }
  func upstreamBody(_ bytes: ByteBuffer) {}
  func upstreamEnd() {}
  func upstreamReadComplete() {}
  func upstreamTunnelBytes(_ bytes: ByteBuffer) {}
  func upstreamFailed(_ failure: UpstreamFailure) {
    switch failure {
    case .malformed: finish(.unhealthy("GET \(path) was answered with something other than HTTP/1.1"))
    case .closedWithoutAnswer, .truncated: finish(.unhealthy("GET \(path) was not answered: the connection was closed"))
    }
  }
  func upstreamWritable() {}
}
