import SlipwayModel

/// A refusal, as a `Status` tells it (Kubernetes API conventions, "Response Status Kind").
package struct APIError: Error, Hashable, Sendable {
  package let code: Int
  package let reason: String
  package let message: String
  package let details: JSONValue
  /// The header `Retry-After`.
  package let retryAfterSeconds: Int?

  init(code: Int, reason: String, message: String, details: JSONValue = [:], retryAfterSeconds: Int? = nil) {
    self.code = code
    self.reason = reason
    self.message = message
    var details = details
    if let retryAfterSeconds { details["retryAfterSeconds"] = .integer(retryAfterSeconds) }
    self.details = details
    self.retryAfterSeconds = retryAfterSeconds
  }

  var status: JSONValue {
    var json: JSONValue = [
      "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": .text(message), "reason": .text(reason),
      "code": .integer(code),
    ]
    if details != [:] { json["details"] = details }
    return json
  }

  // MARK: Those of apimachinery/pkg/api/errors

  private static func details(_ kind: KindInfo, _ name: String) -> JSONValue {
    .compact([
      "name": name.isEmpty ? nil : .text(name), "group": kind.group.isEmpty ? nil : .text(kind.group), "kind": .text(kind.plural),
    ])
  }

  static func notFound(_ kind: KindInfo, _ name: String) -> APIError {
    APIError(code: 404, reason: "NotFound", message: "\(kind.groupResource) \"\(name)\" not found", details: details(kind, name))
  }

  static let noSuchPath = APIError(code: 404, reason: "NotFound", message: "the server could not find the requested resource")

  static func alreadyExists(_ kind: KindInfo, _ name: String) -> APIError {
    APIError(
      code: 409, reason: "AlreadyExists", message: "\(kind.groupResource) \"\(name)\" already exists", details: details(kind, name))
  }

  static func conflict(_ kind: KindInfo, _ name: String, _ text: String? = nil) -> APIError {
    let cause = text ?? "the object has been modified; please apply your changes to the latest version and try again"
    return APIError(
      code: 409, reason: "Conflict", message: "Operation cannot be fulfilled on \(kind.groupResource) \"\(name)\": \(cause)",
      details: details(kind, name))
  }

  static func forbidden(_ kind: KindInfo, _ name: String, _ text: String) -> APIError {
    APIError(
      code: 403, reason: "Forbidden",
      message: name.isEmpty ? "\(kind.groupResource) is forbidden: \(text)" : "\(kind.groupResource) \"\(name)\" is forbidden: \(text)",
      details: details(kind, name))
  }

  static func badRequest(_ message: String) -> APIError { APIError(code: 400, reason: "BadRequest", message: message) }

  static let unauthorized = APIError(code: 401, reason: "Unauthorized", message: "Unauthorized")

  static func methodNotAllowed(_ kind: KindInfo) -> APIError {
    APIError(
      code: 405, reason: "MethodNotAllowed", message: "the server does not allow this method on the requested resource",
      details: details(kind, ""))
  }

  static func unsupportedMedia(_ accepted: [String]) -> APIError {
    APIError(
      code: 415, reason: "UnsupportedMediaType",
      message: "the body of the request was in an unknown format - accepted media types include: \(accepted.joined(separator: ", "))")
  }

  static func expired(_ asked: Int, _ oldest: Int) -> APIError {
    APIError(code: 410, reason: "Expired", message: "too old resource version: \(asked) (\(oldest))")
  }

  static let expiredContinue = APIError(
    code: 410, reason: "Expired",
    message: "The provided continue parameter is too old to display a consistent list result. You can start a new list without the "
      + "continue parameter, or use the continue token in this response to retrieve the remainder of the results.")

  static let unprocessable = APIError(
    code: 422, reason: "Invalid", message: "the server rejected our request due to an error in our request")

  /// Fields that are wrong, all at once.
  static func invalid(_ kind: KindInfo, _ name: String, _ problems: [FieldProblem]) -> APIError {
    let words = problems.map { "\($0.field): \($0.message)" }
    let text = words.count == 1 ? words[0] : "[\(words.joined(separator: ", "))]"
    var details: JSONValue = [
      "name": .text(name), "kind": .text(kind.kind),
      "causes": .list(problems.map { ["reason": .text($0.reason), "message": .text($0.message), "field": .text($0.field)] }),
    ]
    if !kind.group.isEmpty { details["group"] = .text(kind.group) }
    return APIError(
      code: 422, reason: "Invalid", message: "\(kind.groupKind) \"\(name)\" is invalid: \(text)", details: details)
  }

  /// What an injected fault answers.
  static func fault(_ code: Int, retryAfterSeconds: Int?) -> APIError {
    switch code {
    case 429:
      APIError(
        code: 429, reason: "TooManyRequests",
        message: "The server has received too many requests and has asked us to try again later", retryAfterSeconds: retryAfterSeconds ?? 1)
    case 503:
      APIError(
        code: 503, reason: "ServiceUnavailable", message: "The server is currently unable to handle the request",
        retryAfterSeconds: retryAfterSeconds)
    case 504:
      APIError(
        code: 504, reason: "Timeout", message: "Timeout: request did not complete within the allotted timeout",
        retryAfterSeconds: retryAfterSeconds)
    default:
      APIError(
        code: code, reason: "InternalError", message: "Internal error occurred: etcdserver: request timed out",
        details: ["causes": [["message": "etcdserver: request timed out"]]], retryAfterSeconds: retryAfterSeconds)
    }
  }
}

/// What is wrong with a field (apimachinery `field.Error`).
struct FieldProblem: Hashable, Sendable {
  let field: String
  let reason: String
  let message: String

  static func required(_ field: String, _ detail: String = "") -> FieldProblem {
    FieldProblem(field: field, reason: "FieldValueRequired", message: detail.isEmpty ? "Required value" : "Required value: \(detail)")
  }

  static func invalid(_ field: String, _ value: JSONValue, _ detail: String) -> FieldProblem {
    FieldProblem(field: field, reason: "FieldValueInvalid", message: "Invalid value: \(JSONWriter.text(value)): \(detail)")
  }

  static func forbidden(_ field: String, _ detail: String) -> FieldProblem {
    FieldProblem(field: field, reason: "FieldValueForbidden", message: "Forbidden: \(detail)")
  }
}
