import ArgumentParser
import SlipwayServer

struct AuditProveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prove", abstract: "Print an entry with the proof that the log has signed it.",
    discussion: """
      The proof can be checked offline with nothing but the verifier key (C2SP tlog-proof).

        slipway audit prove 57
      """)

  @Argument(help: "The entry's number, as `slipway history ROLLOUT` shows it.")
  var entry: Int64

  @OptionGroup var server: ServerOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let proof = try await Connection(options: server).useStartingServer { [entry] in try await $0.proof(of: entry) }
    if output.isJSON { return try Output.json(proof) }
    Output.line(proof.entry + "\n\n" + proof.proof)
  }
}
