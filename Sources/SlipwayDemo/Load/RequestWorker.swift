import NIOCore
import NIOHTTP1
import SlipwayModel

/// One connection's worth of ordinary requests: takes one from the schedule, waits until it is due, sends it, counts what
/// came of it.
final class RequestWorker: Worker {
  private struct Exchange {
    let due: NIODeadline
    let deadline: NIODeadline
    let label: String
  }

  private let shared: Shared
  private let loop: any EventLoop
  private let keepAlive: Bool
  private let templates: [(head: HTTPRequestHead, body: ByteBuffer?)]
  private let order: [Int]
  private var connection: ClientConnection?
  private var waiting: Scheduled<Void>?
  private var exchange: Exchange?
  private var cookie: String?
  private(set) var isDone = false

  init(_ shared: Shared, on loop: any EventLoop, keepAlive: Bool) {
    self.shared = shared
    self.loop = loop
    self.keepAlive = keepAlive
    templates = shared.plan.requests.map { request in
      var more = keepAlive ? [] : [("Connection", "close")]
      if let body = request.body { more += [("Content-Type", "application/json"), ("Content-Length", "\(body.utf8.count)")] }
      return (shared.head(request.method, request.path, more), request.body.map { ByteBuffer(string: $0) })
    }
    order = Self.order(weights: shared.plan.requests.map(\.weight))
  }

  /// The turns of a weighted round robin: request i comes `weights[i]` times, spread out.
  static func order(weights: [Int]) -> [Int] {
    var credits = weights.map { _ in 0 }
    let total = weights.reduce(0, +)
    return (0..<total).map { _ in
      for index in credits.indices { credits[index] += weights[index] }
      let chosen = credits.indices.max { credits[$0] < credits[$1] } ?? 0
      credits[chosen] -= total
      return chosen
    }
  }

  func start() { next() }

  func tick(at now: NIODeadline) {
    if waiting != nil, shared.schedule.isStopped(at: now) {
      waiting?.cancel()
      waiting = nil
      finish()
    } else if let exchange, exchange.deadline < now {
      if let connection {
        connection.fail(.timeout, "no whole answer in \(shared.plan.requestTimeout)")
      }
    }
  }

  private func next() {
    let now = NIODeadline.now()
    guard let slot = shared.schedule.take(at: now) else { return finish() }
    guard slot.due > now else { return begin(slot) }
    waiting = loop.assumeIsolated().scheduleTask(deadline: slot.due) {
      self.waiting = nil
      self.begin(slot)
    }
  }

  private func begin(_ slot: Schedule.Slot) {
    let template = templates[order[slot.index % order.count]]
    exchange = Exchange(
      due: slot.due, deadline: .now() + .milliseconds(shared.plan.requestTimeout.milliseconds),
      label: "\(template.head.method.rawValue) \(template.head.uri)")
    if let connection, connection.isUsable { return send(template) }
    connection = nil
    shared.connect(on: loop) { channel in
      try channel.pipeline.syncOperations.addHTTPClientHandlers()
      return ClientConnection(channel)
    }.assumeIsolated().whenComplete { result in
      switch result {
      case .success(let connection):
        self.connection = connection.value
        self.send(template)
      case .failure(let error):
        self.end(.failed(.connect, "\(error)"))
      }
    }
  }

  private func send(_ template: (head: HTTPRequestHead, body: ByteBuffer?)) {
    var head = template.head
    if let cookie { head.headers.replaceOrAdd(name: "Cookie", value: cookie) }
    guard let connection, connection.isUsable else { return end(.failed(.connect, "closed at once by the other side")) }
    connection.send(head, body: template.body) { self.end($0) }
  }

  private func end(_ outcome: Outcome) {
    guard let exchange else { return }
    self.exchange = nil
    shared.tally.record(outcome, due: exchange.due, at: .now(), "\(exchange.label)\(keepAlive ? " (keep-alive)" : "")")
    var keepsConnection = false
    if case .answered(let answer) = outcome {
      keepsConnection = keepAlive && answer.keepsConnection
      if shared.plan.keepsCookies, let given = answer.cookie { cookie = given }
    }
    if !keepsConnection {
      connection?.close()
      connection = nil
    }
    if case .failed(.connect, _) = outcome {
      // A port that refuses would otherwise be asked as often as the processor allows.
      loop.assumeIsolated().scheduleTask(in: .milliseconds(10)) { self.next() }
    } else {
      next()
    }
  }

  private func finish() {
    connection?.close()
    connection = nil
    isDone = true
  }
}
