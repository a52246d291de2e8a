import SlipwayModel

/// Reads how a server proves who it is to something that it asks: the same keys wherever a URL is asked.
struct AccessReader {
  let sink: DiagnosticSink

  /// What stands in a URL stands in the journal.
  func refuseCredentials(in scalar: Scalar, at place: Place) {
    let authority = scalar.text.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
    guard authority.contains("@") else { return }
    sink.error(
      .invalidValue, at: place, "the URL holds a user name or password, which would stand in the journal",
      remedy: "use `basic_auth` with `password_env` or `password_file`")
  }

  func read(_ view: View) -> MetricAccess {
    let tls = view.view("tls")
    let bearer = secret(of: view, "bearer_token")
    let basic = view.entry("basic_auth").flatMap { readBasic($0) }
    if bearer != nil, let entry = view.entry("basic_auth") {
      sink.error(
        .conflictingKeys, at: entry.place, "a bearer token and `basic_auth` both want the Authorization header", remedy: "keep one of them")
    }
    var headers: [String: String] = [:]
    for entry in view.view("headers").entries {
      let isSecret = ["authorization", "proxy-authorization", "cookie"].contains(entry.key.lowercased())
      if isSecret || SecretName.matches(entry.key) {
        sink.error(
          .secretExposed, at: entry.place, "the value of `\(entry.key)` would stand in the journal, and its name is that of a secret",
          remedy: "put it into a variable and write `headers_env: { \(entry.key): NAME_OF_THE_VARIABLE }`")
      }
      headers[entry.key] = entry.value.scalar?.text
    }
    var secretHeaders: [String: String] = [:]
    for entry in view.view("headers_env").entries { secretHeaders[entry.key] = entry.value.scalar?.text }
    return MetricAccess(
      bearer: bearer, basic: basic, headers: headers, secretHeaders: secretHeaders, certificates: tls.text("ca_file"),
      serverName: tls.text("server_name"))
  }

  private func readBasic(_ entry: Entry) -> BasicAccess? {
    let view = View(entry.value)
    guard let username = view.text("username"), let password = secret(of: view, "password") else {
      if entry.value.entries != nil,
        ["username", "password_env", "password_file"].allSatisfy({ view.lacks($0, of: .basicAuth) || view.has($0) })
      {
        sink.error(
          .missingKey, at: entry.place, "`basic_auth` needs a user name and where the password is",
          remedy: "write for example `basic_auth: { username: slipway, password_env: METRICS_PASSWORD }`")
      }
      return nil
    }
    return BasicAccess(username: username, password: password)
  }

  private func secret(of view: View, _ key: String) -> SecretPlace? {
    let (variable, file) = (view.text(key + "_env"), view.text(key + "_file"))
    if variable != nil, file != nil, let entry = view.entry(key + "_file") {
      sink.error(.conflictingKeys, at: entry.place, "`\(key)_env` and `\(key)_file` both say where it is", remedy: "keep one of them")
    }
    return variable.map { .variable($0) } ?? file.map { .file($0) }
  }
}
