import ArgumentParser
import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import SlipwayServer

/// What every command needs that records a person's decision about a rollout.
struct IntentOptions: ParsableArguments {
  @Argument(help: "The rollout; may be left out when one is under way.")
  var rollout: String?

  @OptionGroup var server: ServerOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var reason: ReasonOption

  @Option(
    help: ArgumentHelp(
      "The plan that the decision is about; refused when the rollout follows another one.", valueName: "digest"))
  var plan: String?

  /// Records the decision; returns once it is in the journal.
  func submit(_ kind: Intent.Kind, _ client: ServerClient) async throws -> RolloutView {
    let view = try await RolloutChoice.find(rollout, selection, onlyActive: true, client)
    var digest = view.planDigest
    if let plan {
      guard let given = Digest(plan) else {
        throw SlipwayError(
          .badDigest, .input, "'\(plan)' is no digest", remedy: "use the plan_digest that `slipway status --output json` shows")
      }
      digest = given
    }
    return try await client.intend(IntentRequest(kind: kind, reason: reason.reason, planDigest: digest), rollout: view.id)
  }

  /// Records the decision and prints how the rollout is then.
  func run(_ kind: Intent.Kind, _ format: OutputFormat) async throws {
    let view = try await Connection(options: server).useStartingServer { try await submit(kind, $0) }
    switch format {
    case .json: try Output.json(RolloutDocument(rollout: view, checkpoint: nil))
    case .text: Output.line(Outcome.sentence(view))
    }
  }
}

extension SlipwayError.Code {
  static let badDigest = SlipwayError.Code("bad-digest")
}
