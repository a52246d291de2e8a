import SlipwayModel

/// What one or several kubeconfig files say, as kubectl puts them together: the first file that sets a value wins, and an entry of
/// that file is not mixed with one of the same name in another. What is not used may be wrong.
struct Kubeconfig {
  private(set) var currentContext: String?
  private(set) var contexts: [String: ConfigPart] = [:]
  private var clusters: [String: ConfigPart] = [:]
  private var users: [String: ConfigPart] = [:]
  /// In their order.
  private(set) var files: [String] = []

  /// Puts a further file behind those that are there.
  ///
  /// - Parameter path: absolute.
  /// - Throws: `kubeconfig-invalid`.
  mutating func add(_ text: String, of path: String) throws(SlipwayError) {
    files.append(path)
    guard let root = try ConfigPart.root(of: text, in: path) else { return }
    contexts.merge(try Self.entries(root, "contexts", "context")) { first, _ in first }
    clusters.merge(try Self.entries(root, "clusters", "cluster")) { first, _ in first }
    users.merge(try Self.entries(root, "users", "user")) { first, _ in first }
    let current = try root.text("current-context")
    currentContext = currentContext ?? current
  }

  private static func entries(_ root: ConfigPart, _ list: String, _ member: String) throws(SlipwayError) -> [String: ConfigPart] {
    var entries: [String: ConfigPart] = [:]
    for item in try root.items(list) {
      let name = try item.required("name")
      guard entries[name] == nil else { throw item.mistake("a second entry of `\(list)` is called \(name)") }
      let part = try item.member(member) ?? item
      entries[name] = ConfigPart(node: part.node, file: part.file, key: "the \(member) \(name)")
    }
    return entries
  }

  /// Everything that is needed to reach the cluster of a context.
  ///
  /// - Parameter name: `nil`: the current one.
  /// - Throws: `kubeconfig-missing`, `kubeconfig-invalid`.
  func access(context name: String?) throws(SlipwayError) -> ClusterAccess {
    let places = files.joined(separator: " and ")
    guard let name = name ?? currentContext else { throw .kubeconfigMissing("no context is chosen, and \(places) has no current one") }
    guard let context = contexts[name] else { throw .kubeconfigMissing("there is no context \(name) in \(places)") }
    let clusterName = try context.required("cluster")
    guard let cluster = clusters[clusterName] else {
      throw .kubeconfigMissing("the context \(name) is of the cluster \(clusterName), which is not in \(places)")
    }
    var user: ConfigPart?
    if let userName = try context.text("user") {
      user = users[userName]
      if user == nil { throw .kubeconfigMissing("the context \(name) is of the user \(userName), who is not in \(places)") }
    }
    let authority = try cluster.material("certificate-authority")
    let skipsVerification = try cluster.flag("insecure-skip-tls-verify")
    if skipsVerification && authority != nil {
      throw cluster.mistake(
        "\(cluster.key) has a certificate authority and `insecure-skip-tls-verify`",
        remedy: "remove `insecure-skip-tls-verify`; kubectl refuses this too")
    }
    return ClusterAccess(
      origin: "the context \(name) of \(context.file)", server: try cluster.required("server"),
      namespace: try context.text("namespace"), authority: authority, serverName: try cluster.text("tls-server-name"),
      skipsVerification: skipsVerification, proxy: try cluster.text("proxy-url"), credential: try user?.credential() ?? .none,
      identity: try user?.identity(), impersonation: try user?.impersonation() ?? [],
      pluginConfiguration: try cluster.pluginConfiguration())
  }
}
