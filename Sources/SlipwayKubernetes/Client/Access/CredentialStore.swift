import Foundation
import SlipwayModel
import SlipwayPorts
import Synchronization

/// What a request carries to prove who asks.
struct CredentialProof: Hashable, Sendable {
  /// The value of `Authorization`.
  var authorization: String?
  var identity: ClientIdentity<[UInt8]>?
}

/// Reads credentials when they are needed, so that renewed ones are used at once, and keeps what a plugin gave until it expires.
final class CredentialStore: Sendable {
  private struct State {
    var plugin: PluginAnswer?
    var secrets: [String] = []
  }

  private let access: ClusterAccess
  private let clock: any EngineClock
  private let environment: [String: String]
  private let state = Mutex(State())
  private let turn = Turn()

  init(_ access: ClusterAccess, clock: any EngineClock, environment: [String: String]) {
    (self.access, self.clock, self.environment) = (access, clock, environment)
  }

  /// Tokens and passwords that have been used of late.
  var secrets: [String] { state.withLock { $0.secrets } }

  /// Forgets what the plugin gave. Returns whether asking again may give something else.
  func renew() -> Bool {
    state.withLock { $0.plugin = nil }
    switch access.credential {
    case .tokenFile, .plugin: return true
    case .none, .token, .basic: return false
    }
  }

  /// - Throws: `SlipwayError` with code `cluster-credentials`; `CancellationError`.
  func proof() async throws -> CredentialProof {
    var proof = CredentialProof()
    if let identity = access.identity {
      proof.identity = ClientIdentity(
        certificate: try identity.certificate.bytes("the client certificate", access.origin),
        key: try identity.key.bytes("the client key", access.origin))
    }
    switch access.credential {
    case .none: break
    case .token(let token): proof.authorization = try bearer(token)
    case .tokenFile(let path, let fallback): proof.authorization = try bearer(try token(path, fallback))
    case .basic(let username, let password):
      remember(password)
      proof.authorization = "Basic " + Data("\(username):\(password)".utf8).base64EncodedString()
    case .plugin(let plugin):
      let answer = try await answer(of: plugin)
      proof.authorization = try answer.token.map(bearer)
      proof.identity = answer.identity ?? proof.identity
    }
    return proof
  }

  private func token(_ path: String, _ fallback: String?) throws(SlipwayError) -> String {
    let text: String
    do { text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self) } catch {
      if let fallback { return fallback }
      throw .clusterCredentials(
        "the token file of \(access.origin) can't be read: \(path)", remedy: "restore the file, or correct the kubeconfig")
    }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func bearer(_ token: String) throws(SlipwayError) -> String {
    guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw .clusterCredentials("the token of \(access.origin) is empty, or holds more than one line")
    }
    remember(token)
    return "Bearer " + token
  }

  private func remember(_ secret: String) {
    state.withLock { state in
      guard state.secrets.last != secret else { return }
      state.secrets = state.secrets.filter { $0 != secret }.suffix(3) + [secret]
    }
  }

  /// Runs the plugin when nothing is known, or what is known has expired; one run serves all that wait for it.
  private func answer(of plugin: ExecPlugin) async throws -> PluginAnswer {
    if let known = known() { return known }
    return try await turn.take {
      if let known = self.known() { return known }
      let answer = try await PluginRun(plugin: plugin, access: self.access, environment: self.environment, clock: self.clock).answer()
      self.state.withLock { $0.plugin = answer }
      return answer
    }
  }

  private func known() -> PluginAnswer? {
    let now = clock.now()
    return state.withLock { state in
      state.plugin.flatMap { answer in answer.expiry.map { $0 > now } ?? true ? answer : nil }
    }
  }
}
