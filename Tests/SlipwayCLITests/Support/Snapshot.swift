import Foundation
import Testing

/// Compares text with a file in `Tests/SlipwayCLITests/Snapshots`. With `SLIPWAY_RECORD=1` the file is written anew, and the test
/// fails all the same, so that a recording is never taken for a pass.
enum Snapshot {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Snapshots")

  static func expect(_ text: String, is name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let file = folder.appending(path: name + ".txt")
    if ProcessInfo.processInfo.environment["SLIPWAY_RECORD"] == "1" {
      try text.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("recorded \(name); run again without SLIPWAY_RECORD", sourceLocation: sourceLocation)
      return
    }
    let recorded = try String(contentsOf: file, encoding: .utf8)
    #expect(text == recorded, "see \(name).txt; SLIPWAY_RECORD=1 records it anew", sourceLocation: sourceLocation)
  }
}
