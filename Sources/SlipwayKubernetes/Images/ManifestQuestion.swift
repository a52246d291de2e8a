import Foundation
import NIOHTTP1
import SlipwayModel

/// Which manifest a registry has under a reference.
struct ManifestQuestion: Sendable {
  let reference: ImageReference
  let line: RegistryLine
  let credentials: RegistryCredentials

  /// OCI Image Specification 1.1 and Docker Image Manifest V2, Schema 2. Not schema 1: its digest leaves a part of the text out.
  private static let types = [
    "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.docker.distribution.manifest.v2+json",
  ]
  /// What registries are asked to take at most (OCI Distribution Specification 1.1, "Pushing Manifests").
  private static let sizeLimit = 4 << 20

  func digest() async throws -> Digest {
    var authorization: String?
    let head = try await ask(.HEAD, &authorization)
    if head.status == 200, let digest = Self.stated(head), Self.isManifest(head) { return try checked(digest) }
    // There are registries that don't know HEAD, or say nothing in it; and only GET says why something is not there.
    if [401, 403].contains(head.status) { throw refusal(authorization) }
    let reply = try await ask(.GET, &authorization)
    switch reply.status {
    case 200: return try checked(try verified(reply))
    case 401, 403: throw refusal(authorization)
    case 404: throw SlipwayError.imageNotFound(reference, said(reply, authorization))
    case 429, 500...: throw SlipwayError.registryUnreachable("\(registry) answers \(reply.status)\(said(reply, authorization))")
    default: throw SlipwayError.registryAnswer("\(registry) answers \(reply.status) for \(reference)\(said(reply, authorization))")
    }
  }

  private var registry: String { "the registry \(reference.registry)" }

  /// Asks, and once more with what the registry wants to see.
  private func ask(_ method: HTTPMethod, _ authorization: inout String?) async throws -> RegistryReply {
    guard let url = URL(string: "\(line.home)/v2/\(reference.repository)/manifests/\(reference.asked)") else {
      throw SlipwayError.registryAnswer("\(reference) makes no address")
    }
    var request = RegistryRequest(method: method, url: url, accept: Self.types, authorization: authorization, sizeLimit: Self.sizeLimit)
    let reply = try await line.send(request)
    guard reply.status == 401, authorization == nil else { return reply }
    let found = try await credentials.find()
    do {
      let challenges = RegistryChallenge.all(in: reply.headers["www-authenticate"])
      let making = RegistryAuthorization(reference: reference, line: line)
      guard let value = try await making.value(for: challenges, found.credential) else { throw refusal(nil) }
      (authorization, request.authorization) = (value, value)
      let second = try await line.send(request)
      if [401, 403].contains(second.status) { throw refusal(found.credential == nil ? nil : value) }
      return second
    } catch let error as SlipwayError where error.code == .registryUnauthorized {
      throw found.trouble ?? error
    }
  }

  /// - Parameter authorization: `nil` when there are no credentials.
  private func refusal(_ authorization: String?) -> SlipwayError {
    .registryUnauthorized(
      authorization == nil
        ? "\(registry) shows \(reference) to nobody without credentials, and there are none for it"
        : "\(registry) does not show \(reference) with the credentials that there are for it")
  }

  // MARK: Answers

  private static func stated(_ reply: RegistryReply) -> Digest? {
    reply.headers.first(name: "docker-content-digest").flatMap { $0.hasPrefix("sha256:") ? Digest($0) : nil }
  }

  /// Whether the answer says of itself that it is a manifest whose text is what the digest is of.
  private static func isManifest(_ reply: RegistryReply) -> Bool {
    let type = reply.headers.first(name: "content-type")?.split(separator: ";").first.map { $0.trimmingCharacters(in: .whitespaces) }
    return type.map(types.contains) ?? false
  }

  /// The digest of the text itself.
  private func verified(_ reply: RegistryReply) throws(SlipwayError) -> Digest {
    let json: JSONValue
    do { json = try JSONReader.value(of: reply.body) } catch {
      throw .registryAnswer("what \(registry) gives for \(reference) is no manifest, nor any JSON")
    }
    let isKnown = Self.isManifest(reply) || json["mediaType"]?.text.map(Self.types.contains) ?? (json["schemaVersion"]?.integer == 2)
    guard isKnown, json["schemaVersion"]?.integer == 2 else {
      let isOld = json["schemaVersion"]?.integer == 1
      throw .registryAnswer(
        "what \(registry) gives for \(reference) is no manifest" + (isOld ? " but of the first schema: push it with a newer tool" : ""))
    }
    let digest = Digest(hashing: reply.body)
    if let stated = reply.headers.first(name: "docker-content-digest"), stated != digest.description {
      throw .registryAnswer("\(registry) gives a manifest for \(reference) that has not the digest which it states")
    }
    return digest
  }

  private func checked(_ digest: Digest) throws(SlipwayError) -> Digest {
    guard reference.digest == nil || reference.digest == digest else {
      throw .registryAnswer("\(registry) gives another manifest for \(reference): \(digest)")
    }
    return digest
  }

  /// The registry's own words (OCI Distribution Specification 1.1, "Error Codes"), without the secret that it was sent.
  private func said(_ reply: RegistryReply, _ authorization: String?) -> String {
    let errors: [JSONValue]
    do { errors = try JSONReader.value(of: reply.body)["errors"]?.items ?? [] } catch { return "" }
    let words = errors.prefix(3).map { error in
      [error["code"]?.text, error["message"]?.text].compactMap { $0 }.joined(separator: ": ")
    }.joined(separator: "; ")
    let secret = authorization?.split(separator: " ").last.map(String.init) ?? ""
    return words.isEmpty ? "" : " (\((secret.isEmpty ? words : words.replacing(secret, with: "…")).prefix(500)))"
  }
}
