import ArgumentParser
import Foundation
import SlipwayConfig
import SlipwayModel

struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Write a commented configuration file for this folder.",
    discussion: """
      Looks at what lies in the folder to fill in how the service is built and started. Never writes over a file unless told to.

        slipway init
        slipway init --file deploy/slipway.yaml
      """)

  @Option(help: ArgumentHelp("The file to write.", valueName: "path"))
  var file = "slipway.yaml"

  @Flag(help: "Write over a file that is there.")
  var force = false

  @OptionGroup var output: OutputOptions

  private struct Document: Encodable {
    let file: String
  }

  func run() async throws {
    let path = PlaceOptions.absolute(file)
    let folder = (path as NSString).deletingLastPathComponent
    guard force || !FileManager.default.fileExists(atPath: path) else {
      throw SlipwayError(
        .fileExists, .input, "\(file) is there already", remedy: "edit it, or write over it with `slipway init --force`")
    }
    do {
      let text = Scaffold.text(for: try FolderFacts.look(at: folder))
      try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw SlipwayError(
        .fileNotWritten, .broken, "\(file) could not be written", remedy: "make sure that the folder \(folder) exists and can be written",
        cause: error)
    }
    if output.isJSON { return try Output.json(Document(file: path)) }
    Output.line("wrote \(file); `slipway validate` checks it, `slipway plan --version v1 --first` shows what it does")
  }
}

extension SlipwayError.Code {
  static let fileExists = SlipwayError.Code("file-exists")
  static let fileNotWritten = SlipwayError.Code("file-not-written")
}
