import NIOCore
import NIOHTTP1
import NIOWebSocket
import SlipwayModel

/// One websocket that talks all the time: sends a numbered message, waits for its echo, pauses, sends the next. When the
/// other side says goodbye it connects again and goes on.
final class WebSocketWorker: Worker {
  private let shared: Shared
  private let loop: any EventLoop
  private let number: Int
  private var sequence = 0
  private var socket: WebSocketHandler?
  /// The message that waits for its echo.
  private var outstanding: (text: String, deadline: NIODeadline)?
  /// Whether the outstanding message has to be sent again on the next connection.
  private var resends = false
  private var handshakeDeadline: (ClientConnection?, NIODeadline)?
  private var goodbyeDeadline: NIODeadline?
  private(set) var isDone = false

  init(_ shared: Shared, on loop: any EventLoop, number: Int) {
    self.shared = shared
    self.loop = loop
    self.number = number
  }

  func start() { connect() }

  func tick(at now: NIODeadline) {
    if let (connection, deadline) = handshakeDeadline, deadline < now {
      connection?.fail(.timeout, "no answer to the handshake in \(shared.plan.requestTimeout)")
    }
    if let outstanding, outstanding.deadline < now {
      lose("no echo of \(outstanding.text) in \(shared.plan.requestTimeout)")
      socket?.abort()
    }
    guard shared.schedule.hasEnded(at: now), outstanding == nil || resends, handshakeDeadline == nil else { return }
    guard let socket else { return isDone = true }
    if goodbyeDeadline == nil {
      goodbyeDeadline = now + .seconds(1)
      socket.sayGoodbye()
    } else if let goodbyeDeadline, goodbyeDeadline < now {
      socket.abort()
    }
  }

  private func connect() {
    guard !shared.schedule.hasEnded(at: .now()) else { return }
    handshakeDeadline = (nil, timeout)
    let worker = NIOLoopBound(self, eventLoop: loop)
    shared.connect(on: loop) { channel in
      let connection = ClientConnection(channel)
      let upgrader = NIOWebSocketClientUpgrader { channel, _ in
        channel.eventLoop.makeCompletedFuture {
          let handler = WebSocketHandler(worker.value, channel)
          try channel.pipeline.syncOperations.addHandler(handler)
        }
      }
      try channel.pipeline.syncOperations.addHTTPClientHandlers(
        withClientUpgrade: (
          upgraders: [upgrader],
          completionHandler: { context in
            if let handler = try? context.pipeline.syncOperations.handler(type: ClientConnection.self) {
              context.pipeline.syncOperations.removeHandler(handler, promise: nil)
            }
          }
        ))
      return connection
    }.assumeIsolated().whenComplete { result in
      switch result {
      case .success(let connection):
        self.handshakeDeadline = (connection.value, self.timeout)
        connection.value.send(self.shared.head("GET", self.shared.plan.webSocketPath), body: nil) { self.refused($0) }
      case .failure(let error):
        self.refused(.failed(.connect, "\(error)"))
      }
    }
  }

  private var timeout: NIODeadline { .now() + .milliseconds(shared.plan.requestTimeout.milliseconds) }

  /// Anything but 101 came back, or nothing.
  private func refused(_ outcome: Outcome) {
    guard let (connection, _) = handshakeDeadline else { return }
    handshakeDeadline = nil
    connection?.close()
    switch outcome {
    case .answered(let answer) where answer.proxyError == nil:
      shared.tally.webSocket(at: .now()) { $0.refusedHandshakes += 1 }
    case .answered, .failed:
      shared.tally.webSocket(at: .now(), failure: "handshake: \(outcome)") { $0.failedHandshakes += 1 }
    }
    loop.assumeIsolated().scheduleTask(in: .milliseconds(100)) { self.connect() }
  }

  // MARK: What the handler reports

  func opened(_ socket: WebSocketHandler) {
    handshakeDeadline = nil
    self.socket = socket
    shared.tally.webSocket(at: .now()) { $0.handshakes += 1 }
    if resends, let outstanding {
      resends = false
      self.outstanding = (outstanding.text, timeout)
      shared.tally.webSocket(at: .now()) { $0.resent += 1 }
      socket.send(outstanding.text)
    } else {
      sendNext()
    }
  }

  func received(_ text: String) {
    guard let outstanding, outstanding.text == text else { return lose("got \(text) instead of the echo") }
    self.outstanding = nil
    shared.tally.webSocket(at: .now()) { $0.echoed += 1 }
    loop.assumeIsolated().scheduleTask(in: .milliseconds(shared.plan.webSocketInterval.milliseconds)) {
      if self.outstanding == nil { self.sendNext() }
    }
  }

  func closed(_ socket: WebSocketHandler, withGoodbye: Bool) {
    guard self.socket === socket else { return }
    self.socket = nil
    if withGoodbye {
      resends = outstanding != nil
    } else if goodbyeDeadline == nil {
      shared.tally.webSocket(at: .now()) { $0.dropped += 1 }
      if outstanding != nil { lose("the connection ended without a close frame") }
    }
    connect()
  }

  private func sendNext() {
    guard let socket, !shared.schedule.hasEnded(at: .now()) else { return }
    sequence += 1
    let text = "message \(number).\(sequence)"
    outstanding = (text, timeout)
    shared.tally.webSocket(at: .now()) { $0.sent += 1 }
    socket.send(text)
  }

  private func lose(_ why: String) {
    outstanding = nil
    shared.tally.webSocket(at: .now(), failure: why) { $0.lost += 1 }
  }
}
