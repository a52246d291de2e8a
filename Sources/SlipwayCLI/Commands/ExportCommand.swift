import ArgumentParser

struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write what other tools take.",
    subcommands: [ExportInstallCommand.self, ExportCRDCommand.self])
}
