import SlipwayModel

extension StatusAnswer {
  /// The error to report.
  ///
  /// - Parameters:
  ///   - purpose: what was to be done, as it stands after "can't".
  ///   - key: the object in question. Of a Secret no cause is repeated, as it may quote a value.
  func error(_ purpose: String, about key: ObjectKey?) -> SlipwayError {
    func error(_ code: SlipwayError.Code, _ kind: SlipwayError.Kind, _ words: String, remedy: String) -> SlipwayError {
      SlipwayError(code, kind, "can't \(purpose): \(words)", remedy: remedy)
    }
    let object = key.map(\.description) ?? "the object"
    if let admission = admissionError(purpose) { return admission }
    switch code {
    case 401:
      return error(
        .clusterUnauthorized, .broken, "the API server does not accept the credentials" + said,
        remedy: "log in to the cluster again; `kubectl auth whoami` tries the same credentials")
    case 403 where message.contains("exceeded quota") || message.contains("failed quota"):
      return error(
        .quotaExceeded, .refused, message, remedy: "raise the quota, lower `resources` or `replicas`, or free what else runs there")
    case 403:
      return error(
        .clusterForbidden, .broken, message.isEmpty ? "the API server forbids it" : message,
        remedy: "grant the right with a Role; docs/kubernetes/client.md lists what Slipway needs")
    case 404 where namesMissingObject:
      return error(.objectNotFound, .refused, message, remedy: "create it first, or correct its name or namespace")
    case 404, 405, 406, 415:
      let kind = key.map { "\($0.kind.kind) (\($0.kind.apiVersion))" } ?? "this"
      return error(
        .kindNotServed, .refused, "the API server does not serve \(kind)" + said,
        remedy: "install what defines it, or choose another router; `kubectl api-resources` shows what is served")
    case 409 where !fieldConflicts.isEmpty:
      return fieldConflictError(purpose, object)
    case 409 where reason == "AlreadyExists":
      return error(.objectExists, .refused, "\(object) exists already", remedy: "delete it, adopt it, or choose another name")
    case 409, 412:
      return error(
        .objectConflict, .refused, "\(object) was changed by somebody else meanwhile" + said,
        remedy: "look at the object again and repeat")
    case 400, 413, 422:
      return error(.objectInvalid, .input, invalidWords(object, key), remedy: "correct what is named, in slipway.yaml or in the manifests")
    case 500 where message.contains("field not declared in schema"):
      // What server-side apply says of a field that the server does not know, and no trouble of its own.
      return error(
        .objectInvalid, .input, message,
        remedy: "take the field out of the manifests if it is misspelt; a field that exists needs a newer API server")
    case 429, 500...:
      return SlipwayError.clusterBusy("can't \(purpose): the API server answered \(code)" + said)
    default:
      return SlipwayError.clusterAnswer("can't \(purpose): the API server answered \(code)" + said)
    }
  }

  private var said: String { message.isEmpty ? "" : ": \(message)" }

  private func invalidWords(_ object: String, _ key: ObjectKey?) -> String {
    let mistakes = causes.prefix(10).map { cause in
      let words = key?.kind.kind == "Secret" ? cause.reason : cause.message
      return cause.field.isEmpty ? words : "\(cause.field): \(words)"
    }
    let more = causes.count > 10 ? ["and \(causes.count - 10) more"] : []
    if mistakes.isEmpty { return key?.kind.kind == "Secret" || message.isEmpty ? "\(object) is not valid" : message }
    return "\(object) is not valid: " + (mistakes + more).joined(separator: "; ")
  }

  private func fieldConflictError(_ purpose: String, _ object: String) -> SlipwayError {
    let owned = fieldConflicts.map { conflict in
      let more = conflict.fields.count > 5 ? " and \(conflict.fields.count - 5) more" : ""
      return "`\(conflict.manager)` owns \(conflict.fields.prefix(5).joined(separator: ", "))\(more)"
    }
    let managers = fieldConflicts.map { "`\($0.manager)`" }.joined(separator: " and ")
    return SlipwayError(
      .fieldConflict, .human, "can't \(purpose): in \(object) \(owned.joined(separator: "; "))",
      remedy: "take these fields out of what \(managers) applies, or tell it to ignore them (Argo CD: `ignoreDifferences`); "
        + "then deploy again")
  }

  /// What stands between the request and the store: webhooks, policies, pod security.
  private func admissionError(_ purpose: String) -> SlipwayError? {
    if message.contains("failed calling webhook") {
      return SlipwayError(
        .admissionRefused, .broken, "can't \(purpose): \(message)",
        remedy: "look at the webhook that is named: it does not answer, and the cluster is told to refuse everything then")
    }
    let marks = ["admission webhook", "ValidatingAdmissionPolicy", "violates PodSecurity"]
    guard (400..<500).contains(code), marks.contains(where: message.contains) else { return nil }
    return SlipwayError(
      .admissionRefused, .refused, "can't \(purpose): \(message)",
      remedy: "do what the policy asks for, in slipway.yaml or in the manifests, or ask its owner for an exception")
  }
}
