import Foundation
import SlipwayModel

/// A report on the disk.
enum HTMLFile {
  /// Finds out whether the file can be written, without touching one that is there.
  static func check(_ path: String) throws {
    let full = PlaceOptions.absolute(path)
    let folder = (full as NSString).deletingLastPathComponent
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: full, isDirectory: &isFolder)
    guard !(exists && isFolder.boolValue), FileManager.default.isWritableFile(atPath: folder) else {
      throw SlipwayError(
        .reportNotWritten, .input, "the report can't be written to \(path)",
        remedy: "name a file in a folder that exists and can be written")
    }
  }

  static func write(_ text: String, to path: String) throws {
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: PlaceOptions.absolute(path)), options: .atomic)
    } catch {
      throw SlipwayError(
        .reportNotWritten, .broken, "the report could not be written to \(path)", remedy: "see the cause; there may be no space left",
        cause: error)
    }
  }
}

extension SlipwayError.Code {
  static let reportNotWritten = SlipwayError.Code("report-not-written")
}

extension String {
  /// As text or as the value of an attribute in HTML and SVG.
  var escaped: String {
    var text = ""
    for character in unicodeScalars {
      switch character {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&#39;"
      case _ where character.properties.generalCategory == .control && character != "\n": text += "\u{FFFD}"
      case _: text.unicodeScalars.append(character)
      }
    }
    return text
  }
}
