/// How Slipway proves to a source who it is, and how it knows the source. Values of secrets are read when a request is made and
/// never written down.
package struct MetricAccess: Hashable, Sendable, Codable {
  /// `Authorization: Bearer …` (RFC 6750).
  package let bearer: SecretPlace?
  /// `Authorization: Basic …` (RFC 7617).
  package let basic: BasicAccess?
  /// Header fields that are no secret.
  package let headers: [String: String]
  /// Header fields by the variable of the server's environment that holds the value.
  package let secretHeaders: [String: String]
  /// A file of certificates (PEM) to trust in place of the system's; relative to the project's folder.
  package let certificates: String?
  /// The name that the certificate has to have, in place of the URL's host.
  package let serverName: String?

  package init(
    bearer: SecretPlace? = nil, basic: BasicAccess? = nil, headers: [String: String] = [:], secretHeaders: [String: String] = [:],
    certificates: String? = nil, serverName: String? = nil
  ) {
    self.bearer = bearer
    self.basic = basic
    self.headers = headers
    self.secretHeaders = secretHeaders
    self.certificates = certificates
    self.serverName = serverName
  }

  private enum CodingKeys: String, CodingKey {
    case bearer, basic, headers, certificates
    case secretHeaders = "secret_headers"
    case serverName = "server_name"
  }
}

/// Where a secret is to be found.
package enum SecretPlace: Hashable, Sendable, Codable {
  /// A variable of the environment of `slipway serve`.
  case variable(String)
  /// A file, relative to the project's folder; white space at its end does not count.
  case file(String)

  private enum CodingKeys: String, CodingKey {
    case variable, file
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if let name = try container.decodeIfPresent(String.self, forKey: .variable) {
      self = .variable(name)
    } else {
      self = .file(try container.decode(String.self, forKey: .file))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .variable(let name): try container.encode(name, forKey: .variable)
    case .file(let path): try container.encode(path, forKey: .file)
    }
  }
}

/// A user name with a password that is kept elsewhere.
package struct BasicAccess: Hashable, Sendable, Codable {
  /// No secret: it is written down.
  package let username: String
  /// Where the password is.
  package let password: SecretPlace

  package init(username: String, password: SecretPlace) {
    self.username = username
    self.password = password
  }
}
