import ArgumentParser
import SlipwayModel
import SlipwayRuntime
import SlipwayServer

/// How commands that start or change a rollout wait for it.
struct WaitOptions: ParsableArguments {
  @Flag(help: "Return as soon as it is in the journal.")
  var noWait = false

  @OptionGroup var output: OutputOptions

  /// Waits as asked for and gathers what there is to print.
  ///
  /// - Parameter sinceDecision: whether only what followed the newest decision about the rollout is shown.
  func ending(
    of view: RolloutView, goal: Follower.Goal, sinceDecision: Bool = false, _ client: ServerClient, _ options: ServerOptions
  ) async throws -> Ending {
    if noWait { return Ending(rollout: view, checkpoint: await client.checkpointNote(), isDetached: false) }
    let follower = Follower(
      client: client, goal: goal, format: output.output, terminal: Terminal.current(),
      backstage: options.server == nil ? Backstage(stateFolder: options.place.stateFolder) : nil)
    let index = sinceDecision ? try await client.indexBeforeDecision(on: view.id) : -1
    guard let rollout = try await Interruption.watch({ try await follower.follow(view.id, after: index) }) else {
      Output.note("\ndetached; the rollout goes on")
      return Ending(rollout: try await client.rollout(view.id), checkpoint: nil, isDetached: true)
    }
    return Ending(rollout: rollout, checkpoint: await client.checkpointNote(), isDetached: false)
  }
}
