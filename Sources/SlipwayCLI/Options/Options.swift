import ArgumentParser
import Foundation
import SlipwayModel

/// How a result is printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
  case text
  case json
}

struct OutputOptions: ParsableArguments {
  @Option(help: "How the result is printed: text, or one JSON document on standard output.")
  var output = OutputFormat.text

  var isJSON: Bool { output == .json }
}

/// Which file and state folder a command is about.
struct PlaceOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The configuration file.", valueName: "path"))
  var file = "slipway.yaml"

  @Option(
    help: ArgumentHelp(
      "The state folder: journal, releases, logs, sockets. Default: SLIPWAY_STATE, or .slipway beside the file.", valueName: "folder"))
  var state: String?

  /// Absolute path of the configuration file.
  var filePath: String { Self.absolute(file) }

  /// Absolute path of the state folder.
  var stateFolder: String {
    if let state { return Self.absolute(state) }
    if let state = ProcessInfo.processInfo.environment["SLIPWAY_STATE"], !state.isEmpty { return Self.absolute(state) }
    return (filePath as NSString).deletingLastPathComponent + "/.slipway"
  }

  /// A path as seen from the current folder.
  static func absolute(_ path: String) -> String {
    let full = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    return (full as NSString).standardizingPath
  }
}

/// Which server a command talks to.
struct ServerOptions: ParsableArguments {
  @OptionGroup var place: PlaceOptions

  @Option(
    help: ArgumentHelp(
      "A server on another machine, http://host:port, with the token in SLIPWAY_TOKEN. Default: that of the state folder.",
      valueName: "url"))
  var server: String?
}

/// Which service in which environment a command is about.
struct SelectionOptions: ParsableArguments {
  @Option(help: "The environment; may be left out when there is only one.")
  var environment: Name?

  @Option(help: "The service; may be left out when there is only one.")
  var service: Name?
}

struct ReasonOption: ParsableArguments {
  @Option(name: .customLong("reason"), help: "Why: it stands in the journal beside your name.")
  var given: String?

  /// Empty when none was given.
  var reason: String { given ?? "" }
}

extension Name: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}

extension Version: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}
