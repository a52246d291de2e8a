import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import SlipwayModel
import SlipwayProxy
import Testing

extension ProxyTests {
  @Suite("Streaming") struct StreamingTests {
    static let megabyte = [UInt8](repeating: 97, count: 1 << 20)

    @Test("A download waits for a slow client instead of piling up in the proxy")
    func slowDownload() async throws {
      let total = 64
      let written = NIOLockedValueBox(0)
      let service = try await TestService.start { _, reply in
        reply.raw("HTTP/1.1 200 OK\r\nContent-Length: \(total << 20)\r\n\r\n")
        sendMegabytes(total, to: reply.channel, written)
      }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect(autoRead: false)
        try await client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        // The service stalls once the sockets' buffers are full, long before it has sent everything.
        try await eventually("a stalled service") {
          let before = written.withLockedValue { $0 }
          try await Task.sleep(for: .milliseconds(300))
          return before > 0 && before == written.withLockedValue { $0 }
        }
        #expect(written.withLockedValue { $0 } < total / 2)
        try await client.setAutoRead(true)
        try await eventually("the whole body") { client.receivedCount > total << 20 }
        #expect(written.withLockedValue { $0 } == total)
      }
    }

    @Test("An upload waits for a slow service instead of piling up in the proxy")
    func slowUpload() async throws {
      let total = 64
      let resume = NIOLockedValueBox<(any Channel)?>(nil)
      let service = try await TestService.start(onHead: { _, reply in
        resume.withLockedValue { $0 = reply.channel }
        reply.channel.setOption(.autoRead, value: false).whenComplete { _ in }
      }) { _, reply in reply.ok("done") }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        try await client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: \(total << 20)\r\n\r\n")
        let sent = NIOLockedValueBox(0)
        async let sending: Void = {
          for _ in 0..<total {
            try await client.send(Self.megabyte)
            sent.withLockedValue { $0 += 1 }
          }
        }()
        try await eventually("the request") { resume.withLockedValue { $0 } != nil }
        try await eventually("a stalled client") {
          let before = sent.withLockedValue { $0 }
          try await Task.sleep(for: .milliseconds(300))
          return before > 0 && before == sent.withLockedValue { $0 }
        }
        #expect(sent.withLockedValue { $0 } < total / 2)
        try await #require(resume.withLockedValue { $0 }).setOption(.autoRead, value: true).get()
        try await sending
        #expect(try await client.answer().body == "done")
        #expect(service.bodyBytes.withLockedValue { $0 } == total << 20)
      }
    }

    @Test("An answer that ends the connection reaches a client that is slow to take it")
    func slowEnd() async throws {
      let body = String(repeating: "b", count: 24 << 20)
      let service = try await TestService.start { _, reply in reply.ok(body) }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect(autoRead: false)
        try await client.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
        // Longer than a refused client is waited for.
        try await Task.sleep(for: .milliseconds(2600))
        try await client.setAutoRead(true)
        try await client.waitForClose()
        #expect(client.receivedCount > 24 << 20)
      }
    }

    @Test("A client that goes on sending after its answer is read on for a while, then let go")
    func discarded() async throws {
      let service = try await TestService.start(onHead: { _, reply in reply.ok("early") }) { _, _ in }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        try await client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: \(64 << 20)\r\n\r\n")
        #expect(try await client.answer().body == "early")
        for _ in 0..<4 where !client.isClosed { try? await client.send(Self.megabyte) }
        try await client.waitForClose()
      }
    }

    @Test("Server-sent events arrive one by one, as they are sent")
    func events() async throws {
      let stream = NIOLockedValueBox<TestService.Reply?>(nil)
      let service = try await TestService.start { _, reply in
        reply.raw("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        stream.withLockedValue { $0 = reply }
      }
      try await withProxy(blue: [service], { $0.limits.bodyIdleTime = .milliseconds(100) }) { (fixture) async throws in
        let client = try await fixture.connect()
        try await client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        try await client.receive("the head") { $0.contains("text/event-stream") && $0.contains("\r\n\r\n") }
        let reply = try #require(stream.withLockedValue { $0 })
        for number in 1...3 {
          reply.raw("data: \(number)\n\n")
          try await client.receive("event \(number)") { $0.contains("data: \(number)\n\n") }
          #expect(!client.text.contains("data: \(number + 1)"))
        }
        // A pause longer than the body's time-out does not end the stream.
        try await Task.sleep(for: .milliseconds(400))
        reply.raw("data: 4\n\n")
        try await client.receive("event 4") { $0.contains("data: 4\n\n") }
      }
    }

    @Test("A websocket's bytes pass both ways, those sent along with the handshake included")
    func tunnel() async throws {
      let service = try await TestService.start { request, reply in
        #expect(request.headers["upgrade"] == ["websocket"])
        reply.raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: k\r\n\r\nfirst")
        echo(on: reply.channel)
      }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        try await client.send(
          "GET /ws HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: k\r\n\r\nearly")
        let text = try await client.receive("the handshake and the echo") { $0.hasSuffix("firstearly") }
        #expect(text.hasPrefix("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: k\r\n"))
        try await client.send("\u{0}\u{1}raw")
        try await client.receive("the echo") { $0.hasSuffix("\u{0}\u{1}raw") }
        #expect(try await fixture.status().blue.inFlight == 1)
        client.close()
        try await eventually("the tunnel's end") { try await fixture.status().blue.inFlight == 0 }
        #expect(try await fixture.figures(of: .blue, atLeast: 1).errors == 0)
      }
    }

    @Test("An upgrade that the service declines is an ordinary answer", arguments: ["websocket", "h2c"])
    func declined(what: String) async throws {
      let service = try await TestService.start { request, reply in reply.ok("\(request.headers["upgrade"])") }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let answer = try await fixture.get(fields: "Upgrade: \(what)\r\nConnection: Upgrade\r\n")
        // Only a websocket is asked for; anything else would be a way past the proxy's checks.
        #expect(answer.body == (what == "websocket" ? #"["websocket"]"# : "[]"))
        #expect(answer.field("Connection") == "close")
      }
    }

    @Test("An upgrade that nobody asked for is a malformed answer")
    func unasked() async throws {
      let service = try await TestService.start { _, reply in
        reply.raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
      }
      try await withProxy(blue: [service]) { (fixture) async throws in #expect(try await fixture.get().code == "upstream-malformed") }
    }
  }
}

/// Writes one megabyte after the other, each when the one before was taken by the socket.
private func sendMegabytes(_ left: Int, to channel: any Channel, _ written: NIOLockedValueBox<Int>) {
  guard left > 0 else { return }
  channel.writeAndFlush(ByteBuffer(bytes: ProxyTests.StreamingTests.megabyte)).whenSuccess {
    written.withLockedValue { $0 += 1 }
    sendMegabytes(left - 1, to: channel, written)
  }
}

/// Sends back what comes from now on; the parser before it passes bytes on after an upgrade.
func echo(on channel: any Channel) {
  channel.eventLoop.execute {
    channel.pipeline.syncOperations.addEcho()
  }
}

extension ChannelPipeline.SynchronousOperations {
  fileprivate func addEcho() {
    guard let parser = try? context(name: "parser") else { return }
    try? addHandler(Echo(), position: .after(parser.handler))
    removeHandler(context: parser, promise: nil)
  }
}

private final class Echo: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    context.writeAndFlush(wrapOutboundOut(unwrapInboundIn(data)), promise: nil)
  }
}
