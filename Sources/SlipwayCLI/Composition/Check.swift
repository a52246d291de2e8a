/// One finding of `slipway doctor`.
struct Check: Hashable, Sendable, Encodable {
  enum Result: String, Encodable {
    case ok
    case warning
    case failed
  }

  let name: String
  let result: Result
  let detail: String
  /// What to do about it; empty when it is in order.
  let remedy: String

  init(_ name: String, _ result: Result, _ detail: String, remedy: String = "") {
    self.name = name
    self.result = result
    self.detail = detail
    self.remedy = remedy
  }

  func lines(_ style: Style) -> [String] {
    let mark =
      switch result {
      case .ok: style("✓", .green)
      case .warning: style("!", .yellow)
      case .failed: style("✗", .red)
      }
    return ["\(mark) \(name.padded(14)) \(detail)"] + (remedy.isEmpty ? [] : ["                 remedy: \(remedy)"])
  }
}
