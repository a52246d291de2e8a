import Foundation
import SlipwayModel

/// What a credential plugin has printed (client.authentication.k8s.io, `ExecCredential`).
struct PluginAnswer: Hashable, Sendable {
  let token: String?
  let identity: ClientIdentity<[UInt8]>?
  /// `nil`: it is good until the server refuses it.
  let expiry: Timestamp?

  /// - Throws: `cluster-credentials`. What was printed is in no message.
  init(_ bytes: [UInt8], of plugin: ExecPlugin) throws(SlipwayError) {
    func wrong(_ words: String) -> SlipwayError {
      .clusterCredentials("what the credential plugin \(plugin.command) printed \(words)", remedy: "run it by hand and look")
    }
    let json: JSONValue
    do { json = try JSONReader.value(of: bytes) } catch { throw wrong("is no JSON") }
    guard json["kind"]?.text == "ExecCredential" else { throw wrong("is no ExecCredential") }
    guard json["apiVersion"]?.text == plugin.apiVersion else { throw wrong("is not of the version \(plugin.apiVersion)") }
    let status = json["status"]
    token = status?["token"]?.text.flatMap { $0.isEmpty ? nil : $0 }
    switch (status?["clientCertificateData"]?.text, status?["clientKeyData"]?.text) {
    case (nil, nil): identity = nil
    case (let certificate?, let key?): identity = ClientIdentity(certificate: Array(certificate.utf8), key: Array(key.utf8))
    case (_, nil): throw wrong("has a certificate without its key")
    case (nil, _): throw wrong("has a key without its certificate")
    }
    guard token != nil || identity != nil else { throw wrong("has neither a token nor a certificate") }
    if let text = status?["expirationTimestamp"]?.text {
      guard let instant = Self.instant(text) else { throw wrong("expires at no instant of RFC 3339") }
      expiry = instant
    } else {
      expiry = nil
    }
  }

  /// RFC 3339 with any fraction, which is left out, and any offset.
  static func instant(_ text: String) -> Timestamp? {
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withInternetDateTime]
    guard let date = formatter.date(from: text.replacing(/\.[0-9]+/, with: "")) else { return nil }
    return Timestamp(milliseconds: Int64(date.timeIntervalSince1970 * 1000))
  }
}
