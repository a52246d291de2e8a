import ArgumentParser
import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import SlipwayServer

/// The document that commands print which end with a rollout.
struct RolloutDocument: Hashable, Sendable, Encodable {
  let rollout: RolloutView
  /// The journal's signed head after it; keep it where nobody who can change the journal can reach it.
  let checkpoint: CheckpointView?
}

/// What following a rollout came to, shown and turned into an exit status.
struct Ending: Sendable {
  let rollout: RolloutView
  let checkpoint: CheckpointView?
  /// Whether the following was broken off by the user.
  let isDetached: Bool

  /// - Parameter succeeds: whether this outcome is what the command was for.
  func finish(_ format: OutputFormat, succeeds: (RolloutView) -> Bool) throws {
    switch format {
    case .json:
      try Output.json(RolloutDocument(rollout: rollout, checkpoint: checkpoint))
    case .text:
      Output.line(Outcome.sentence(rollout))
      if let checkpoint, !isDetached { Output.line("journal: \(checkpoint.size) entries, root \(checkpoint.root)") }
    }
    if isDetached { throw ExitCode(ExitStatus.interrupted) }
    if !succeeds(rollout) { throw ExitCode(rollout.paused && !rollout.phase.isTerminal ? ExitStatus.human : ExitStatus.failed) }
  }

  /// The release is live.
  static func isLive(_ view: RolloutView) -> Bool {
    switch view.phase {
    case .baking, .succeeded: true
    case .pending, .building, .deploying, .validating, .shifting: !view.paused
    case .rollingBack, .rolledBack, .failed: false
    }
  }

  /// Traffic is where it was before.
  static func isBack(_ view: RolloutView) -> Bool { view.phase == .rolledBack || view.phase == .rollingBack }
}

extension ServerClient {
  /// The checkpoint that goes with an outcome; the outcome stands without it, so that it can't be had is a note only.
  func checkpointNote() async -> CheckpointView? {
    do { return try await checkpoint() } catch {
      Output.note("the journal's checkpoint could not be had: \(error)")
      return nil
    }
  }
}
