import ArgumentParser
import SlipwayModel
import SlipwayStore

struct AuditVerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Recompute the journal's Merkle tree and check its signed checkpoints.",
    discussion: """
      Reads the state folder itself and needs no server; one may run meanwhile. Exit status 1 when anything was changed, with the \
      entries concerned. Give --key with a key that you kept elsewhere: the one in the state folder could have been exchanged.

        slipway audit verify
        slipway audit verify --key "$(cat journal.pub)" --output json
      """)

  @OptionGroup var place: PlaceOptions
  @OptionGroup var output: OutputOptions

  @Option(help: "The log's verifier key, as `journal.pub` had it when you trusted it; default: the state folder's.")
  var key: String?

  func run() async throws {
    let report = try await JournalVerifier(folder: place.stateFolder, trustedKey: key).verify()
    if output.isJSON { try Output.json(report) } else { AuditText.lines(report).forEach(Output.line) }
    if !report.isIntact { throw ExitCode(ExitStatus.failed) }
  }
}
