/// What one request gets: decided before anything is written.
enum Reply: Equatable {
  /// A whole document, after a delay.
  case document(status: Int, type: String, body: [UInt8], delayMilliseconds: Int)
  /// Server-sent events, one a token, spread evenly over the delay.
  case events(tokens: [String], delayMilliseconds: Int)
}

/// A request whose body has been read.
struct Request: Equatable {
  var method: String
  var path: Substring
  var query: Substring
  /// The first bytes of the body, as many as a question may have.
  var body: [UInt8] = []
  var bodyBytes = 0
  var checksum = Checksum()

  static let keptBodyBytes = 16_384

  init(method: String, uri: String) {
    let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    self.method = method
    path = parts[0]
    query = parts.count == 2 ? parts[1] : ""
  }
}

extension Service {
  /// Answers a request. Throws when the answer can't be written as JSON. Does not return when this request is the one
  /// to crash at.
  func reply(to request: Request) throws -> Reply {
    switch request.path {
    case "/health": return text(200, "alive\n")
    case "/ready": return isReady ? text(200, "ready\n") : text(503, "not ready\n")
    case "/metrics":
      return .document(status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body: Array(metrics.text.utf8), delayMilliseconds: 0)
    case "/": return text(200, "Ask me: /v1/answers?q=what+is+a+slipway\n")
    default: break
    }
    guard request.path.hasPrefix("/v1/") else { return try failure(404, "there is nothing at \(request.path)") }
    let fate = faults.next()
    if fate.crashes { crash(settings.version, "request \(fate.number) is one too many (CRASH_AFTER_REQUESTS)") }
    if fate.isError {
      logError(fate.number)
      return try failure(500, "the model returned nonsense", after: fate.delayMilliseconds)
    }
    return try answer(to: request, after: fate.delayMilliseconds)
  }

  private func answer(to request: Request, after delay: Int) throws -> Reply {
    switch (request.method, request.path) {
    case ("POST", "/v1/answers"):
      guard let question = question(inBody: request.body) else {
        return try failure(400, "send a JSON object with a \"question\" of at most \(Request.keptBodyBytes) bytes")
      }
      return try document(Answer(to: question, version: settings.version), after: delay)
    case ("GET", "/v1/answers"):
      guard let question = question(inQuery: request.query) else { return try failure(400, "ask with ?q=your+question") }
      return try document(Answer(to: question, version: settings.version), after: delay)
    case ("GET", "/v1/stream"):
      let question = question(inQuery: request.query) ?? "anything"
      return .events(tokens: Answer.words(for: question), delayMilliseconds: delay)
    case ("PUT", "/v1/upload"), ("POST", "/v1/upload"):
      let receipt = UploadReceipt(bytes: request.bodyBytes, checksum: request.checksum.text, version: settings.version)
      return try document(receipt, after: delay)
    case ("GET", "/v1/echo"):
      return try failure(426, "this is a websocket: ask with Upgrade: websocket")
    case (_, "/v1/answers"), (_, "/v1/stream"), (_, "/v1/upload"), (_, "/v1/echo"):
      return try failure(405, "\(request.method) is not possible here")
    default:
      return try failure(404, "there is nothing at \(request.path)")
    }
  }

  private func text(_ status: Int, _ text: String) -> Reply {
    .document(status: status, type: "text/plain; charset=utf-8", body: Array(text.utf8), delayMilliseconds: 0)
  }

  private func document(_ value: some Encodable, status: Int = 200, after delay: Int) throws -> Reply {
    .document(status: status, type: "application/json", body: try json(value), delayMilliseconds: delay)
  }

  private func failure(_ status: Int, _ message: String, after delay: Int = 0) throws -> Reply {
    try document(Failure(error: message, version: settings.version), status: status, after: delay)
  }
}
