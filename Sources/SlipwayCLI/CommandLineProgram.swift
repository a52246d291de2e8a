import ArgumentParser
import Glibc
import SlipwayModel
import SlipwayServer

/// Runs the command that the arguments name and ends the process with the status that its outcome has.
package enum CommandLineProgram {
  package static func main() async -> Never {
    // Whoever reads the output may go away (`slipway history | head`); that is an error of the write, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    exit(await run(Array(CommandLine.arguments.dropFirst())))
  }

  /// - Returns: the exit status: 0 done, 1 rolled back, failed or refused, 2 wrong input, 3 a human is needed, 4 broken.
  static func run(_ arguments: [String]) async -> Int32 {
    // Not ArgumentParser's own flag: in commands `--version` names the release.
    if arguments == ["--version"] {
      Output.line(Program.version)
      return ExitStatus.done
    }
    do {
      try checkName(arguments)
      var command = try SlipwayCommand.parseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return ExitStatus.done
    } catch {
      return report(error, asJSON: wantsJSON(arguments))
    }
  }

  /// A command that does not exist is what is wrong, whatever options follow it.
  private static func checkName(_ arguments: [String]) throws {
    guard let name = arguments.first, !name.hasPrefix("-"), name != "help" else { return }
    let names = SlipwayCommand.configuration.allCommands.map { $0.configuration.commandName ?? "" }
    guard !names.contains(name) else { return }
    throw SlipwayError(.badArguments, .input, "there is no command '\(name)'", remedy: "use one of: \(names.joined(separator: ", "))")
  }

  private static func report(_ error: any Error, asJSON: Bool) -> Int32 {
    switch error {
    case let exit as ExitCode:
      return exit.rawValue
    case let failure as CommandFailure:
      failure.print(asJSON: asJSON)
      return failure.status
    case let error as SlipwayError:
      let failure = CommandFailure(error)
      failure.print(asJSON: asJSON)
      return failure.status
    default:
      break
    }
    // Help, the version and completions come as errors too; they are what was asked for.
    let text = SlipwayCommand.fullMessage(for: error)
    if SlipwayCommand.exitCode(for: error) == .success {
      Output.line(text)
      return 0
    }
    if SlipwayCommand.exitCode(for: error) == .validationFailure {
      let wrong = SlipwayError(
        .badArguments, .input, SlipwayCommand.message(for: error), remedy: "`slipway help` describes every command and its options")
      CommandFailure(wrong).printDocument(asJSON: asJSON)
      Output.note(text)
      return ExitStatus.input
    }
    let failure = CommandFailure(
      SlipwayError(.unexpected, .broken, "the command could not be carried out", remedy: "read the cause", cause: error))
    failure.print(asJSON: asJSON)
    return failure.status
  }

  /// Whether errors are to be printed as JSON. The arguments may be what is wrong, so they are looked at as they are.
  private static func wantsJSON(_ arguments: [String]) -> Bool {
    if arguments.contains("--output=json") { return true }
    return zip(arguments, arguments.dropFirst()).contains { $0 == "--output" && $1 == "json" }
  }
}

extension SlipwayError.Code {
  static let badArguments = SlipwayError.Code("bad-arguments")
  static let unexpected = SlipwayError.Code("unexpected")
}

extension CommandConfiguration {
  fileprivate var allCommands: [any ParsableCommand.Type] { subcommands + groupedSubcommands.flatMap { $0.subcommands } }
}
