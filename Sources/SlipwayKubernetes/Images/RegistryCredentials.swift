import Foundation
import NIOHTTP1
import SlipwayModel
import SlipwayPorts

/// What Docker's configuration has for one image, looked up when a registry asks.
struct RegistryCredentials: Sendable {
  /// What a look came to.
  struct Found: Sendable {
    let credential: RegistryCredential?
    /// Why there may be more than was found: told when the registry does not let anybody in.
    let trouble: SlipwayError?
  }

  let reference: ImageReference
  let environment: [String: String]
  let clock: any EngineClock

  /// A helper that fails is no reason to give up: the image may be for everybody.
  ///
  /// - Throws: `CancellationError`.
  func find() async throws -> Found {
    var trouble: SlipwayError?
    do {
      for place in try DockerConfiguration.read(environment).places(for: reference) {
        switch place {
        case .here(let credential): return Found(credential: credential, trouble: trouble)
        case .helper(let name, let server):
          do {
            let helper = CredentialHelper(name: name, environment: environment, clock: clock)
            if let credential = try await helper.credential(of: server) { return Found(credential: credential, trouble: nil) }
          } catch let error as SlipwayError {
            trouble = error
          }
        }
      }
    } catch let error as SlipwayError {
      trouble = error
    }
    return Found(credential: nil, trouble: trouble)
  }
}

/// Makes what stands in `Authorization` from a challenge and what was found.
struct RegistryAuthorization: Sendable {
  let reference: ImageReference
  let line: RegistryLine

  /// - Returns: `nil` when the challenge can't be met with what there is.
  /// - Throws: `SlipwayError` with code `registry-unauthorized` when no token is given; others of the line.
  func value(for challenges: [RegistryChallenge], _ credential: RegistryCredential?) async throws -> String? {
    if case .bearer(let token)? = credential { return try bearer(token) }
    if let bearer = challenges.first(where: { $0.scheme == "bearer" }) { return try await token(for: bearer.parameters, credential) }
    guard challenges.contains(where: { $0.scheme == "basic" }), case .basic(let username, let password)? = credential else { return nil }
    return Self.basic(username, password)
  }

  private static func basic(_ username: String, _ password: String) -> String {
    "Basic " + Data("\(username):\(password)".utf8).base64EncodedString()
  }

  private func bearer(_ token: String) throws(SlipwayError) -> String {
    guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw .registryAnswer("the token for the registry \(reference.registry) is empty, or holds more than one line")
    }
    return "Bearer " + token
  }

  /// Gets a token where the challenge says (Docker Registry v2 authentication: token and OAuth 2 specification).
  private func token(for parameters: [String: String], _ credential: RegistryCredential?) async throws -> String {
    guard let realm = parameters["realm"].flatMap({ URL(string: $0) }), let origin = RegistryOrigin(of: realm), origin.isPrivate,
      line.home.isLoopback || !origin.isLoopback
    else {
      throw SlipwayError.registryAnswer(
        "the registry \(reference.registry) sends for a token to an address that is none, or that secrets can't be told")
    }
    var pairs: [(String, String)] = []
    if let service = parameters["service"] { pairs.append(("service", service)) }
    let scopes = (parameters["scope"] ?? "repository:\(reference.repository):pull").split(separator: " ").map(String.init)
    var request = RegistryRequest(url: realm, accept: ["application/json"])
    if case .identityToken(let secret)? = credential {
      pairs += [
        ("client_id", "slipway"), ("grant_type", "refresh_token"), ("refresh_token", secret), ("scope", scopes.joined(separator: " ")),
      ]
      request.method = .POST
      request.body = Self.form(pairs)
    } else {
      pairs += scopes.map { ("scope", $0) }
      if case .basic(let username, let password)? = credential {
        pairs.append(("account", username))
        request.authorization = Self.basic(username, password)
      }
      let separator = realm.query() == nil ? "?" : "&"
      request.url = URL(string: realm.absoluteString + separator + Self.form(pairs)) ?? realm
    }
    let reply = try await line.send(request)
    guard reply.status == 200 else { throw refusal(reply.status, origin, credential) }
    let json: JSONValue
    do { json = try JSONReader.value(of: reply.body) } catch {
      throw SlipwayError.registryAnswer("\(origin), which gives out tokens for the registry \(reference.registry), answers with no JSON")
    }
    return try bearer(json["token"]?.text ?? json["access_token"]?.text ?? "")
  }

  private func refusal(_ status: Int, _ origin: RegistryOrigin, _ credential: RegistryCredential?) -> SlipwayError {
    let place = "\(origin), which gives out tokens for the registry \(reference.registry),"
    guard (400..<500).contains(status), status != 429 else { return .registryUnreachable("\(place) answers \(status)") }
    return .registryUnauthorized(
      credential == nil ? "\(place) gives none without credentials (\(status))" : "\(place) does not take the credentials (\(status))")
  }

  private static func form(_ pairs: [(String, String)]) -> String {
    pairs.map { "\(ClusterRequest.encoded($0.0))=\(ClusterRequest.encoded($0.1))" }.joined(separator: "&")
  }
}
