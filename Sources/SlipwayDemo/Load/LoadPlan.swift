import SlipwayModel

/// What load to make: how much, by which connections, at which requests, and when to end.
package struct LoadPlan: Hashable, Sendable {
  /// One kind of request.
  package struct Request: Hashable, Sendable {
    package var method: String
    /// Path and query, as sent.
    package var path: String
    /// Sent as `application/json`; `nil` sends no body.
    package var body: String?
    /// How often it is sent, as a part of the sum of all weights; at least 1.
    package var weight: Int

    package init(_ method: String, _ path: String, body: String? = nil, weight: Int = 1) {
      self.method = method
      self.path = path
      self.body = body
      self.weight = weight
    }
  }

  /// When the next request is due.
  package enum Pace: Hashable, Sendable {
    /// Open loop: request i is due i / rate seconds after the start, whatever became of those before it. Latency counts
    /// from when it was due, so that a server that stands still can't hide it by slowing the load down.
    case perSecond(Double)
    /// Closed loop: each connection sends as soon as it has its answer.
    case unlimited
  }

  package var host: String
  package var port: Int
  package var pace: Pace = .perSecond(50)
  /// Connections in use at once, websockets and uploads not counted.
  package var connections = 16
  /// Share of the connections, 0...1, that is kept for more than one request; the others ask to be closed by
  /// `Connection: close` and are opened anew for each.
  package var keepAliveShare = 0.75
  /// Whether each connection sends back the cookies it was given, as a browser would; without, each request is a new user.
  package var keepsCookies = false
  /// Sent with every request.
  package var headers: [String: String] = [:]
  /// At least one; sent in turn, in proportion to their weights.
  package var requests = LoadPlan.answerServiceRequests

  /// Websockets that send a message, wait for its echo, and send the next after `webSocketInterval`.
  package var webSockets = 0
  package var webSocketPath = "/v1/echo"
  package var webSocketInterval = TimeSpan.milliseconds(200)

  /// Uploads in progress at once, each of `uploadBytes` in the course of `uploadDuration`.
  package var slowUploads = 0
  package var uploadPath = "/v1/upload"
  package var uploadBytes = 64 * 1024
  package var uploadDuration = TimeSpan.seconds(2)

  /// The longest it makes load; what has begun by then is finished, within `requestTimeout` and `uploadDuration`.
  package var duration = TimeSpan.seconds(60)
  /// Requests after which it ends, websockets and uploads not counted; `nil` for no bound but `duration`.
  package var maximumRequests: Int?
  /// After this time without a complete answer a request has failed.
  package var requestTimeout = TimeSpan.seconds(30)
  /// Threads to make the load with.
  package var threads = 1

  package init(host: String = "127.0.0.1", port: Int) {
    self.host = host
    self.port = port
  }

  /// Questions by GET and POST and, now and then, a streamed answer: what the example service understands.
  package static let answerServiceRequests = [
    Request("GET", "/v1/answers?q=is+it+safe+to+deploy", weight: 5),
    Request("POST", "/v1/answers", body: #"{"question":"How do ships get into the water?"}"#, weight: 4),
    Request("GET", "/v1/stream?q=slowly+please", weight: 1),
  ]
}
