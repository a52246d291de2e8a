import SlipwayModel

/// The members of users and clusters of a kubeconfig that prove who asks.
extension ConfigPart {
  func credential() throws(SlipwayError) -> ClusterCredential {
    if try member("auth-provider") != nil {
      throw mistake(
        "\(key) has an `auth-provider`, which Kubernetes no longer has since 1.26",
        remedy: "log in again with a recent tool of the provider, which writes an `exec` plugin")
    }
    let token = try text("token")
    let file = try text("tokenFile")
    let (username, password) = (try text("username"), try text("password"))
    let plugin = try plugin()
    let isBasic = username != nil || password != nil
    let methods = [
      token != nil || file != nil ? "a token" : nil, isBasic ? "a password" : nil, plugin != nil ? "an `exec` plugin" : nil,
    ].compactMap { $0 }
    guard methods.count <= 1 else {
      throw mistake("\(key) has \(methods.joined(separator: " and "))", remedy: "leave one of them; kubectl refuses this too")
    }
    if let plugin { return .plugin(plugin) }
    if let file { return .tokenFile(absolute(file), fallback: token) }
    if let token { return .token(token) }
    return isBasic ? .basic(username: username ?? "", password: password ?? "") : .none
  }

  func identity() throws(SlipwayError) -> ClientIdentity<Material>? {
    switch (try material("client-certificate"), try material("client-key")) {
    case (nil, _): return nil
    case (_?, nil): throw mistake("\(key) has a client certificate without its key")
    case (let certificate?, let key?): return ClientIdentity(certificate: certificate, key: key)
    }
  }

  /// Header fields by which a request is made in the name of somebody else (Kubernetes, "User impersonation").
  func impersonation() throws(SlipwayError) -> [HeaderField] {
    let user = try text("as")
    var fields = user.map { [HeaderField(name: "Impersonate-User", value: $0)] } ?? []
    if let uid = try text("as-uid") { fields.append(HeaderField(name: "Impersonate-Uid", value: uid)) }
    for group in try texts("as-groups") { fields.append(HeaderField(name: "Impersonate-Group", value: group)) }
    if let extra = try member("as-user-extra"), let names = extra.json.members {
      for name in names.keys.sorted() {
        let encoded = ClusterRequest.encoded(name)
        for value in try extra.texts(name) { fields.append(HeaderField(name: "Impersonate-Extra-\(encoded)", value: value)) }
      }
    }
    if user == nil && !fields.isEmpty { throw mistake("\(key) has groups or an uid to act as, and no user (`as`)") }
    guard fields.allSatisfy({ $0.value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } }) else {
      throw mistake("\(key) acts as somebody whose name has characters that a header can't hold")
    }
    return fields
  }

  /// The extension of a cluster that is for plugins.
  func pluginConfiguration() throws(SlipwayError) -> JSONValue? {
    for item in try items("extensions") where try item.text("name") == "client.authentication.k8s.io/exec" {
      return try item.member("extension")?.json
    }
    return nil
  }

  private func plugin() throws(SlipwayError) -> ExecPlugin? {
    guard let exec = try member("exec") else { return nil }
    let version = try exec.required("apiVersion")
    let known = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]
    guard known.contains(version) else {
      throw exec.mistake(
        "the `exec` plugin of \(key) speaks \(version)",
        remedy: "use a version of the plugin that speaks \(known.joined(separator: " or "))")
    }
    if try exec.text("interactiveMode") == "Always" {
      throw exec.mistake(
        "the `exec` plugin of \(key) needs a terminal, which a server does not have",
        remedy: "use a service account or another way to log in without a person")
    }
    var environment: [String: String] = [:]
    for variable in try exec.items("env") { environment[try variable.required("name")] = try variable.text("value") ?? "" }
    let command = try exec.required("command")
    return ExecPlugin(
      apiVersion: version, command: command.contains("/") ? absolute(command) : command, arguments: try exec.texts("args"),
      environment: environment, installHint: try exec.text("installHint"), providesClusterInfo: try exec.flag("provideClusterInfo"))
  }
}
