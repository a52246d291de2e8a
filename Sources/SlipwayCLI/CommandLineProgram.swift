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
      if let mistake = ArgumentMistake.ofName(in: arguments) { throw mistake }
      var command = try SlipwayCommand.parseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return ExitStatus.done
    } catch {
      return report(error, of: arguments)
    }
  }

  private static func report(_ error: any Error, of arguments: [String]) -> Int32 {
    let asJSON = wantsJSON(arguments)
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
    if SlipwayCommand.exitCode(for: error) == .success {
      Output.line(SlipwayCommand.fullMessage(for: error))
      return 0
    }
    if SlipwayCommand.exitCode(for: error) == .validationFailure {
      CommandFailure(ArgumentMistake.explain(SlipwayCommand.message(for: error), in: arguments)).print(asJSON: asJSON)
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
