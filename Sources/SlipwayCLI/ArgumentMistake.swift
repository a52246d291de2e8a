import ArgumentParser
import SlipwayConfig
import SlipwayModel

/// What is wrong with arguments that can't be parsed, with the code and the remedy that every error has.
enum ArgumentMistake {
  /// A command that does not exist is what is wrong, whatever options follow it. `help` takes the name of a command too.
  static func ofName(in arguments: [String]) -> SlipwayError? {
    var command: any ParsableCommand.Type = SlipwayCommand.self
    for name in names(in: arguments) {
      let commands = command.configuration.subcommands
      if commands.isEmpty { return nil }
      let known = commands.compactMap { $0.configuration.commandName }
      guard let found = commands.first(where: { $0.configuration.commandName == name }) else {
        let meant = Suggestion.nearest(to: name, in: known).map { "did you mean `\($0)`? " } ?? ""
        return SlipwayError(
          .badArguments, .input, "there is no command '\(name)'", remedy: meant + "the commands are: \(known.joined(separator: ", "))")
      }
      command = found
    }
    return nil
  }

  /// - Parameter message: what the parser says.
  static func explain(_ message: String, in arguments: [String]) -> SlipwayError {
    let (command, path) = command(in: arguments)
    let help = "`slipway help\(path)` describes \(path.isEmpty ? "every command" : "its options")"
    let known = options(of: command)
    let given = arguments.prefix { $0 != "--" }.filter { $0.hasPrefix("--") }.map { String($0.prefix { $0 != "=" }) }
    if let unknown = given.first(where: { !known.contains($0) }) {
      let meant = Suggestion.nearest(to: String(unknown.dropFirst(2)), in: known.map { String($0.dropFirst(2)) })
      return SlipwayError(
        .badArguments, .input, "there is no option '\(unknown)'" + (path.isEmpty ? "" : " of slipway\(path)"),
        remedy: (meant.map { "did you mean `--\($0)`? " } ?? "") + help)
    }
    let words = message.prefix(1).lowercased() + message.dropFirst()
    let rule = rules.first { words.contains("is invalid for '--\($0.option) ") }?.rule
    return SlipwayError(.badArguments, .input, words, remedy: rule ?? help)
  }

  private static let version =
    "a version has 1 to 128 letters, digits, and of . _ + -, and begins with a letter or digit, such as v2 or 1.4.0"
  private static let name = "a name has 1 to 63 lowercase letters, digits and hyphens, and begins and ends with a letter or digit"
  /// What values may look like, where the parser can't tell.
  private static let rules = [
    (option: "version", rule: version), (option: "to", rule: version), (option: "environment", rule: name), (option: "service", rule: name),
  ]

  /// The words that name a command: those before the first option.
  private static func names(in arguments: [String]) -> ArraySlice<String> {
    let words = arguments.prefix { !$0.hasPrefix("-") }
    return words.first == "help" ? words.dropFirst() : words
  }

  /// The command that the arguments name, and its name after a blank; the root where they name none.
  private static func command(in arguments: [String]) -> (any ParsableCommand.Type, String) {
    var (command, path): (any ParsableCommand.Type, String) = (SlipwayCommand.self, "")
    for name in names(in: arguments) {
      guard let found = command.configuration.subcommands.first(where: { $0.configuration.commandName == name }) else { break }
      (command, path) = (found, path + " " + name)
    }
    return (command, path)
  }

  /// The options that the help of a command tells of.
  private static func options(of command: any ParsableCommand.Type) -> [String] {
    let words = SlipwayCommand.helpMessage(for: command).split { " \n[],()=".contains($0) }.filter { $0.hasPrefix("--") }
    return words.map(String.init) + ["--help"]
  }
}
