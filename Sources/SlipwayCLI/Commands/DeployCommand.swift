import ArgumentParser
import SlipwayEngine
import SlipwayModel
import SlipwayServer

struct DeployCommand: AsyncParsableCommand {
  enum Goal: String, ExpressibleByArgument, CaseIterable {
    case promoted
    case bake
  }

  static let configuration = CommandConfiguration(
    commandName: "deploy", abstract: "Bring a version into an environment, and wait for the outcome.",
    discussion: """
      Starts agent and server in the background when they don't run. Returns when the release is promoted or has gone back; the \
      bake that follows goes on in the server (--wait-for bake waits for it too). Ctrl-C ends the waiting, not the rollout.

        slipway deploy --version v2
        slipway deploy --version v2 --environment production --reason "faster search"
        slipway deploy --version v3 --artifact dist/api --output json

      Exit status: 0 promoted, 1 gone back or failed, 2 wrong input, 3 paused (with --no-wait), 4 broken, 130 detached by Ctrl-C.
      """)

  @OptionGroup var server: ServerOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var reason: ReasonOption
  @OptionGroup var wait: WaitOptions

  @Option(help: "The version of the release, such as v2 or 1.4.0; the same version always stands for the same artifact.")
  var version: Version

  @Option(help: ArgumentHelp("The artifact, in place of the one that the file names.", valueName: "path"))
  var artifact: String?

  @Flag(help: "Abort a rollout that is under way in favour of this one.")
  var supersede = false

  @Option(help: "What to wait for: promoted, or the end of the bake.")
  var waitFor = Goal.promoted

  func run() async throws {
    let file = try ProjectFile(server.place)
    let artifact = artifact.map { PlaceOptions.absolute($0) }
    let request = try await file.withManifests(
      try file.request(version: version, selection: selection, artifact: artifact, reason: reason.reason, supersede: supersede))
    let report = file.report(about: request.environment.name)
    if !report.isEmpty { Output.note(report) }
    // What can't be planned is refused before anything is started.
    _ = try Plan.compile(request, live: nil)
    let service = try file.service(selection.service, in: request.environment)
    if server.server == nil, request.environment.target == .local,
      let missing = ArtifactCheck(missingOf: service, artifact: artifact, in: file.folder)
    {
      throw missing.error
    }
    let ending = try await Connection(options: server).useStarting(
      isFirst: true, needsAgent: request.environment.target != .kubernetes
    ) { client in
      try await wait.ending(
        of: Superseding.deploy(request, client), goal: waitFor == .bake ? .end : .promotion, client, server)
    }
    try ending.finish(wait.output.output, succeeds: Ending.isLive)
  }
}
