import SlipwayModel

/// What an API server says of a request that it did not carry out (Kubernetes API conventions, "Response Status Kind").
package struct StatusAnswer: Hashable, Sendable {
  /// One of several mistakes.
  package struct Cause: Hashable, Sendable {
    /// `FieldValueInvalid`, `FieldManagerConflict`, …
    package let reason: String
    package let message: String
    /// `spec.replicas`; for conflicts with a dot before it.
    package let field: String
  }

  /// The status of HTTP.
  package let code: Int
  /// One word of the API's vocabulary; empty when the answer is none of an API server.
  package let reason: String
  package let message: String
  /// Of the object in question.
  package let name: String?
  /// The plural of its kind, mostly.
  package let kind: String?
  package let causes: [Cause]

  /// - Parameters:
  ///   - body: what came with the status; anything but a `Status` leaves reason and message empty.
  ///   - secrets: replaced wherever they are repeated.
  init(code: Int, body: [UInt8], hiding secrets: [String] = []) {
    let json: JSONValue
    do { json = try JSONReader.value(of: body) } catch { json = .null }
    self.init(code: code, json: json, hiding: secrets)
  }

  init(code: Int, json: JSONValue, hiding secrets: [String] = []) {
    func words(_ value: JSONValue?) -> String { Self.plain(value?.text ?? "", hiding: secrets) }
    let status = json["kind"]?.text == "Status" ? json : .null
    let details = status["details"]
    self.code = code
    reason = status["reason"]?.text ?? ""
    message = words(status["message"])
    name = details?["name"]?.text
    kind = details?["kind"]?.text
    causes = (details?["causes"]?.items ?? []).map {
      Cause(reason: $0["reason"]?.text ?? "", message: words($0["message"]), field: $0["field"]?.text ?? "")
    }
  }

  /// Longer than this no message helps anybody.
  private static let lengthLimit = 1000

  private static func plain(_ text: String, hiding secrets: [String]) -> String {
    var text = text
    for secret in secrets where secret.count >= 4 { text = text.replacing(secret, with: "…") }
    return text.count > lengthLimit ? text.prefix(lengthLimit) + "…" : text
  }
}

/// Fields that an apply would have taken from another manager.
package struct FieldConflict: Hashable, Sendable {
  /// As in `metadata.managedFields`.
  package let manager: String
  /// In order, such as `.spec.replicas`.
  package let fields: [String]
}

extension StatusAnswer {
  /// The conflicts of a server-side apply, by manager; empty when this says nothing of any.
  package var fieldConflicts: [FieldConflict] {
    var fields: [String: Set<String>] = [:]
    for cause in causes where cause.reason == "FieldManagerConflict" {
      // `conflict with "kubectl" with subresource "status" using apps/v1`
      let parts = cause.message.split(separator: "\"", omittingEmptySubsequences: false)
      fields[parts.count > 2 ? String(parts[1]) : "another manager", default: []].insert(cause.field)
    }
    return fields.sorted { $0.key < $1.key }.map { FieldConflict(manager: $0.key, fields: $0.value.sorted()) }
  }

  /// Whether an object is missing, and not the path that leads to it.
  var namesMissingObject: Bool { code == 404 && reason == "NotFound" && name?.isEmpty == false }
}
