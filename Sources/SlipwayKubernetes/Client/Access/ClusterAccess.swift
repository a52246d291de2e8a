import SlipwayModel

/// Something that stands in a kubeconfig itself or in a file that it names. Files are read again when they are used: they are renewed
/// by others.
enum Material: Hashable, Sendable {
  case inline([UInt8])
  /// An absolute path.
  case file(String)
}

/// What proves who asks.
enum ClusterCredential: Hashable, Sendable {
  /// A client certificate at most.
  case none
  case token(String)
  /// - Parameter fallback: used while the file can't be read.
  case tokenFile(String, fallback: String?)
  case basic(username: String, password: String)
  case plugin(ExecPlugin)
}

/// A certificate with its key, both in PEM.
struct ClientIdentity<Part: Hashable & Sendable>: Hashable, Sendable {
  let certificate: Part
  let key: Part
}

struct HeaderField: Hashable, Sendable {
  let name: String
  let value: String
}

/// Everything that is needed to reach a cluster.
package struct ClusterAccess: Sendable {
  /// Where it comes from: `the context production of /etc/kubeconfig`.
  package let origin: String
  /// `https://host:port`, perhaps with a path.
  package let server: String
  /// Of the context; `nil`: it names none.
  package let namespace: String?
  /// `nil`: what the system trusts.
  let authority: Material?
  /// The name that the server's certificate has to have, when it is not the host's.
  let serverName: String?
  let skipsVerification: Bool
  /// `nil`: what the environment says.
  let proxy: String?
  let credential: ClusterCredential
  let identity: ClientIdentity<Material>?
  /// In whose name requests are made; empty: in one's own.
  let impersonation: [HeaderField]
  /// What a credential plugin is told of the cluster: its extension `client.authentication.k8s.io/exec`.
  let pluginConfiguration: JSONValue?

  init(
    origin: String, server: String, namespace: String? = nil, authority: Material? = nil, serverName: String? = nil,
    skipsVerification: Bool = false, proxy: String? = nil, credential: ClusterCredential = .none,
    identity: ClientIdentity<Material>? = nil, impersonation: [HeaderField] = [], pluginConfiguration: JSONValue? = nil
  ) {
    (self.origin, self.server, self.namespace, self.authority) = (origin, server, namespace, authority)
    (self.serverName, self.skipsVerification, self.proxy) = (serverName, skipsVerification, proxy)
    (self.credential, self.identity, self.impersonation) = (credential, identity, impersonation)
    self.pluginConfiguration = pluginConfiguration
  }

  /// A server that asks nobody who they are.
  package init(server: String) { self.init(origin: "the address \(server)", server: server) }
}
