import Foundation
import SlipwayModel

/// Reads secrets when they are needed. What it returns goes into a request and nowhere else.
package struct SecretReader: Sendable {
  /// Of the server's process.
  let environment: @Sendable (String) -> String?

  /// - Parameter environment: gives a variable's value.
  package init(environment: @escaping @Sendable (String) -> String?) { self.environment = environment }

  package static let process = SecretReader { ProcessInfo.processInfo.environment[$0] }

  /// - Throws: `ReachError` that names the place and never the value.
  package func value(_ place: SecretPlace, folder: String?) throws(ReachError) -> String {
    let text: String
    let words: String
    switch place {
    case .variable(let name):
      words = "the variable \(name)"
      guard let value = environment(name) else { throw ReachError(.secret, "\(words) is not set in the environment of the server") }
      text = value
    case .file(let path):
      words = "the file \(path)"
      let file = URL(filePath: WebConnections.path(path, in: folder))
      do { text = String(decoding: try Data(contentsOf: file), as: UTF8.self) } catch {
        throw ReachError(.secret, "\(words) can't be read by the server")
      }
    }
    var value = Substring(text)
    while let last = value.last, last.isWhitespace { value.removeLast() }
    let isHeaderText = value.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    guard !value.isEmpty, isHeaderText else { throw ReachError(.secret, "\(words) is empty, or holds more than one line") }
    return String(value)
  }
}
