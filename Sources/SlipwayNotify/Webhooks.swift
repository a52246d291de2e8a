import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SlipwayModel
import SlipwayPorts

/// Posts notices to webhooks. Where a URL is a secret of the server, it is read for each request, so that a rotated one is used at once.
package struct Webhooks: Notifier {
  private let connections: WebhookConnections
  private let secrets: WebhookSecrets
  private let timeout: TimeSpan

  /// - Parameters:
  ///   - values: has the URLs that a file states.
  ///   - environment: of the server's process.
  ///   - timeout: for one answer; at most the ten seconds that the port promises.
  package init(
    values: any ValueStore, environment: @escaping @Sendable (String) -> String? = { ProcessInfo.processInfo.environment[$0] },
    timeout: TimeSpan = .seconds(9)
  ) {
    secrets = WebhookSecrets(values: values, environment: environment)
    self.timeout = timeout
    connections = WebhookConnections()
  }

  /// Ends all connections; after that nothing can be told.
  package func close() async { await connections.close() }

  package func tell(_ notice: Notice, to channel: NotificationChannel, in folder: String) async throws -> NoticeAnswer {
    let url = try await secrets.url(of: channel.webhook, in: folder)
    let receiver = "the receiver of channel \(channel.name) at \(url.origin)"
    var request = HTTPClientRequest(url: url.text)
    request.method = .POST
    request.headers.add(name: "content-type", value: "application/json")
    request.headers.add(name: "user-agent", value: "slipway")
    request.body = .bytes(ByteBuffer(bytes: try NoticeBody.bytes(of: notice, as: channel.format)))
    let status: HTTPResponseStatus
    do {
      // Its body says nothing that changes anything; reading it would wait for whoever sends it slowly.
      status = try await connections.client.execute(request, deadline: .now() + .milliseconds(timeout.milliseconds)).status
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      throw SlipwayError(
        .noticeUnreachable, .broken, "\(receiver) can't be reached or does not answer: \(Self.words(error))",
        remedy: "look whether it runs, and whether the webhook's URL is right")
    }
    switch status.code {
    case 200..<300: return .taken
    case 408, 429: throw Self.notTaken(receiver, status)
    case 400..<500: return .refused("\(receiver) answered \(status.code)")
    case _: throw Self.notTaken(receiver, status)
    }
  }

  private static func notTaken(_ receiver: String, _ status: HTTPResponseStatus) -> SlipwayError {
    SlipwayError(.noticeNotTaken, .broken, "\(receiver) answered \(status.code)", remedy: "look at the receiver; it is asked again")
  }

  /// What the client says of an error may hold the URL; its kind does not.
  private static func words(_ error: any Error) -> String {
    if let error = error as? HTTPClientError { return error.shortDescription }
    if let error = error as? IOError { return String(cString: strerror(error.errnoCode)) }
    return "\(type(of: error))"
  }
}

extension SlipwayError.Code {
  static let noticeUnreachable = Self("notice-unreachable")
  static let noticeNotTaken = Self("notice-not-taken")
  static let noticeSecret = Self("notice-secret")
}
