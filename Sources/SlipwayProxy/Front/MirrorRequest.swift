import NIOCore
import NIOHTTP1
import SlipwayModel

/// A copy of a request on its way to the mirror slot: counted there like any other, its answer dropped.
final class MirrorRequest: UpstreamClient, @unchecked Sendable {  // confined to its event loop
  let pool: UpstreamPool
  let deadline: NIODeadline
  private let copy: MirrorCopy
  private let route: LoopRoute
  private let chunked: Bool
  private let isHead: Bool
  private let started = NIODeadline.now()
  private var upstream: UpstreamConnection?
  private var status = 0
  private var isOver = false

  init(_ copy: MirrorCopy, route: LoopRoute, pool: UpstreamPool, chunked: Bool, isHead: Bool) {
    self.copy = copy
    self.route = route
    self.pool = pool
    self.chunked = chunked
    self.isHead = isHead
    deadline = started + route.settings.responseTime
  }

  func start() {
    pool.requestStarted()
    if let kept = pool.takeIdle(freshAt: started) { send(over: kept) } else { pool.connect { self.connected($0) } }
  }

  private func connected(_ connection: UpstreamConnection?) {
    guard !isOver else {
      if let connection { pool.park(connection) }
      return
    }
    if let connection { send(over: connection) } else { end(error: true) }
  }

  private func send(over connection: UpstreamConnection) {
    upstream = connection
    connection.begin(self, isHead: isHead)
    connection.write(markedHead())
    for bytes in copy.body where bytes.readableBytes > 0 {
      if chunked {
        var frame = ByteBuffer()
        frame.writeChunkHead(bytes.readableBytes)
        frame.writeImmutableBuffer(bytes)
        frame.writeStaticString("\r\n")
        connection.write(frame)
      } else {
        connection.write(bytes)
      }
    }
    if chunked { connection.write(ByteBuffer(string: "0\r\n\r\n")) }
    connection.flush()
  }

  /// The head with a field by which the service can tell a copy.
  private func markedHead() -> ByteBuffer {
    var head = copy.head
    head.moveWriterIndex(to: head.writerIndex - 2)
    head.writeStaticString("X-Slipway-Mirror: true\r\n\r\n")
    return head
  }

  private func end(error: Bool?) {
    guard !isOver else { return }
    isOver = true
    if let error {
      route[pool.slot].record(error: error, microseconds: Int(truncatingIfNeeded: (.now() - started).nanoseconds / 1000), by: pool)
    }
    pool.requestEnded()
    upstream = nil
    route.remove(self)
  }

  /// Gives up on the copy. Too late counts against the service only when it had its full time.
  func cut() {
    upstream?.abandon()
    end(error: deadline < .now() ? true : nil)
  }

  func upstreamHead(_ head: HTTPResponseHead) { status = Int(head.status.code) }
  func upstreamBody(_ bytes: ByteBuffer) {}
  func upstreamEnd() {
    guard status >= 200 else { return }
    upstream?.release(reusable: true)
    end(error: status >= 500)
  }
  func upstreamReadComplete() {}
  func upstreamTunnelBytes(_ bytes: ByteBuffer) {}
  func upstreamFailed(_ failure: UpstreamFailure) { end(error: true) }
  func upstreamWritable() {}
}
