import ArgumentParser
import Foundation
import SlipwayLedger
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
    if let key { try Self.check(key) }
    let report = try await JournalVerifier(folder: place.stateFolder, trustedKey: key).verify()
    if output.isJSON { try Output.json(report) } else { AuditText.lines(report).forEach(Output.line) }
    if !report.isIntact { throw ExitCode(ExitStatus.failed) }
  }

  /// A key that can be none is a mistake of the caller, and says nothing about the journal.
  private static func check(_ key: String) throws {
    do { _ = try NoteVerifier(key.trimmingCharacters(in: .whitespacesAndNewlines)) } catch {
      throw SlipwayError(
        .badKey, .input, "'\(key.cut(60))' is no verifier key", remedy: "use the line that `journal.pub` held when you trusted it",
        cause: error)
    }
  }
}

extension SlipwayError.Code {
  static let badKey = SlipwayError.Code("bad-key")
}
