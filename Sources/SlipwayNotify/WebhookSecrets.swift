import Foundation
import SlipwayModel
import SlipwayPorts

/// A URL that is used and not shown.
struct WebhookURL: Sendable {
  let text: String
  /// Scheme and host, which messages may say: user, path and query may hold a secret.
  let origin: String

  /// `nil` for anything but an `http` or `https` URL with a host.
  init?(_ text: String) {
    guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme),
      let host = parts.host, !host.isEmpty
    else { return nil }
    self.text = text
    origin = "\(scheme)://\(host)" + (parts.port.map { ":\($0)" } ?? "")
  }
}

/// Finds the URLs of webhooks when they are needed.
struct WebhookSecrets: Sendable {
  let values: any ValueStore
  let environment: @Sendable (String) -> String?

  /// - Throws: `SlipwayError` with code `notice-secret`, naming the place and never the value; what the value store throws.
  func url(of place: WebhookPlace, in folder: String) async throws -> WebhookURL {
    let (text, words) = try await read(place, folder)
    guard let url = WebhookURL(text) else { throw Self.secret("\(words) holds no URL that begins with https:// or http://") }
    return url
  }

  private func read(_ place: WebhookPlace, _ folder: String) async throws -> (String, words: String) {
    switch place {
    case .stated(let variables):
      let words = "the `webhook` of the channel"
      guard let text = try await values.resolve(variables)[WebhookPlace.stated] else { throw Self.secret("\(words) is not kept here") }
      return (text, words)
    case .secret(.variable(let name)):
      let words = "the variable \(name)"
      guard let text = environment(name) else { throw Self.secret("\(words) is not set in the environment of the server") }
      return (Self.trimmed(text), words)
    case .secret(.file(let path)):
      let words = "the file \(path)"
      let file = URL(filePath: path.hasPrefix("/") ? path : folder + "/" + path)
      do { return (Self.trimmed(String(decoding: try Data(contentsOf: file), as: UTF8.self)), words) } catch {
        throw Self.secret("\(words) can't be read by the server")
      }
    }
  }

  private static func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }

  private static func secret(_ message: String) -> SlipwayError {
    SlipwayError(
      .noticeSecret, .broken, message, remedy: "it belongs to the environment of `slipway serve`, which reads it at each request")
  }
}
