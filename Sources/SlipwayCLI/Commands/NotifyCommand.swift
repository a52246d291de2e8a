import ArgumentParser

struct NotifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "notify", abstract: "Try out who is told of rollouts.", subcommands: [NotifyTestCommand.self])
}
