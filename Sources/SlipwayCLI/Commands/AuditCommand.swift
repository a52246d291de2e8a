import ArgumentParser

struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Prove what the journal says.",
    discussion: """
      The journal is a Merkle log: nothing in it can be changed, taken out or put in without `verify` naming the place.
      """,
    subcommands: [AuditVerifyCommand.self, AuditCheckpointCommand.self, AuditProveCommand.self])
}
