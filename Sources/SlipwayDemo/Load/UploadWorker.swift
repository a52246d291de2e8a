import NIOCore
import NIOHTTP1
import SlipwayModel

/// One slow upload after the other: the body leaves in small pieces, and the receipt must name exactly what was sent.
final class UploadWorker: Worker {
  private static let gap = TimeAmount.milliseconds(50)

  private let shared: Shared
  private let loop: any EventLoop
  private let number: Int
  private let payload: ByteBuffer
  private let receipt: (bytes: String, checksum: String)
  private var connection: ClientConnection?
  private var deadline: NIODeadline?
  private var waiting: Scheduled<Void>?
  private(set) var isDone = false

  init(_ shared: Shared, on loop: any EventLoop, number: Int) {
    self.shared = shared
    self.loop = loop
    self.number = number
    let bytes = (0..<shared.plan.uploadBytes).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8 &+ number) }
    payload = ByteBuffer(bytes: bytes)
    receipt = ("\"bytes\":\(bytes.count)", "\"checksum\":\"\(checksum(bytes))\"")
  }

  /// The first uploads begin one after the other, so that there is always one in each part of its life.
  func start() {
    let share = shared.plan.uploadDuration.milliseconds * Int64(number) / Int64(max(1, shared.plan.slowUploads))
    wait(.milliseconds(share))
  }

  func tick(at now: NIODeadline) {
    if waiting != nil, shared.schedule.hasEnded(at: now) {
      waiting?.cancel()
      waiting = nil
      isDone = true
    } else if let deadline, deadline < now {
      connection?.fail(.timeout, "no receipt in \(shared.plan.uploadDuration + shared.plan.requestTimeout)")
    }
  }

  private func wait(_ amount: TimeAmount) {
    waiting = loop.assumeIsolated().scheduleTask(in: amount) {
      self.waiting = nil
      self.begin()
    }
  }

  private func begin() {
    deadline = .now() + .milliseconds((shared.plan.uploadDuration + shared.plan.requestTimeout).milliseconds)
    shared.connect(on: loop) { channel in
      try channel.pipeline.syncOperations.addHTTPClientHandlers()
      return ClientConnection(channel)
    }.assumeIsolated().whenComplete { result in
      switch result {
      case .success(let connection):
        self.send(on: connection.value)
      case .failure(let error):
        self.end(.failed(.connect, "\(error)"))
      }
    }
  }

  private func send(on connection: ClientConnection) {
    self.connection = connection
    let head = shared.head("PUT", shared.plan.uploadPath, [("Content-Length", "\(payload.readableBytes)")])
    connection.send(head, body: nil, isWhole: false) { self.end($0) }
    let pieces = max(1, shared.plan.uploadDuration.milliseconds / 50)
    sendPieces(of: payload, size: max(1, payload.readableBytes / Int(pieces)))
  }

  private func sendPieces(of rest: ByteBuffer, size: Int) {
    // The answer may come early, or the connection may end: then there is nothing more to send.
    guard let connection, deadline != nil else { return }
    var rest = rest
    let piece = rest.readSlice(length: min(size, rest.readableBytes)) ?? ByteBuffer()
    let isLast = rest.readableBytes == 0
    connection.sendBody(piece, isLast: isLast)
    if !isLast {
      let remaining = rest
      loop.assumeIsolated().scheduleTask(in: Self.gap) { self.sendPieces(of: remaining, size: size) }
    }
  }

  private func end(_ outcome: Outcome) {
    guard deadline != nil else { return }
    deadline = nil
    connection?.close()
    connection = nil
    shared.tally.recordUpload(checked(outcome), bytes: payload.readableBytes, at: .now(), "PUT \(shared.plan.uploadPath)")
    wait(Self.gap)
  }

  private func checked(_ outcome: Outcome) -> Outcome {
    guard case .answered(let answer) = outcome, answer.status < 400 else { return outcome }
    let text = String(buffer: answer.body)
    guard text.contains(receipt.bytes), text.contains(receipt.checksum) else {
      return .failed(.wrongReceipt, "sent \(receipt), got \(text)")
    }
    return outcome
  }
}
