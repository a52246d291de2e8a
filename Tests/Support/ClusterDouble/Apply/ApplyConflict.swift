import SlipwayModel

extension APIError {
  /// Fields that others own, in the words of the real server (`apimachinery/pkg/util/managedfields/internal/conflict.go`).
  static func applyConflict(_ conflicts: [(manager: FieldManager, time: JSONValue, fields: FieldSet)]) -> APIError {
    let found = conflicts.map { (words: words($0.manager, $0.time), paths: $0.fields.paths) }
    let count = found.reduce(0) { $0 + $1.paths.count }
    let causes = found.flatMap { entry in
      entry.paths.map { path -> JSONValue in
        ["reason": "FieldManagerConflict", "message": .text("conflict with \(entry.words)"), "field": .text(path)]
      }
    }
    let message: String
    if count == 1 {
      message = "Apply failed with 1 conflict: conflict with \(found[0].words): \(found[0].paths[0])"
    } else {
      let lines = found.flatMap { entry in ["conflicts with \(entry.words):"] + entry.paths.map { "- \($0)" } }
      message = "Apply failed with \(count) conflicts: " + lines.joined(separator: "\n")
    }
    return APIError(code: 409, reason: "Conflict", message: message, details: ["causes": .list(causes)])
  }

  private static func words(_ manager: FieldManager, _ time: JSONValue) -> String {
    var text = "\"\(manager.name)\""
    if !manager.subresource.isEmpty { text += " with subresource \"\(manager.subresource)\"" }
    guard !manager.isApply else { return text }
    text += " using \(manager.apiVersion)"
    return time.text.map { "\(text) at \($0)" } ?? text
  }
}
