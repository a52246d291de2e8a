import ArgumentParser

/// The root of all commands.
struct SlipwayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slipway",
    abstract: "Takes a service from one version to the next safely, and can prove it afterwards.",
    discussion: """
      A first deployment:

        slipway init                       write slipway.yaml for this folder
        slipway plan --version v1 --first  see what will happen
        slipway deploy --version v1        do it; starts server and agent when they don't run
        slipway status                     see what is live

      `slipway --version` tells the version of the program.
      Exit status: 0 done, 1 rolled back, failed or refused, 2 wrong input, 3 a human is needed, 4 Slipway or its surroundings failed.
      """,
    groupedSubcommands: [
      CommandGroup(
        name: "Prepare:", subcommands: [InitCommand.self, ValidateCommand.self, PlanCommand.self, SimulateCommand.self, DemoCommand.self]),
      CommandGroup(
        name: "Deploy:",
        subcommands: [
          DeployCommand.self, PromoteCommand.self, PauseCommand.self, ResumeCommand.self, AbortCommand.self, RollbackCommand.self,
          RetryCommand.self,
        ]),
      CommandGroup(
        name: "Look:",
        subcommands: [StatusCommand.self, WatchCommand.self, HistoryCommand.self, LogsCommand.self, AuditCommand.self]),
      CommandGroup(
        name: "Operate:",
        subcommands: [ServeCommand.self, AgentCommand.self, DownCommand.self, DoctorCommand.self, NotifyCommand.self, ExportCommand.self]),
    ])
}
