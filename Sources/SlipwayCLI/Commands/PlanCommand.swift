import ArgumentParser
import SlipwayEngine
import SlipwayModel
import SlipwayServer

struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Show what a deployment will do, and whether and until when it can be taken back.",
    discussion: """
      Changes nothing and needs no server. A server that runs is asked for what is live now; otherwise a live release is assumed.

        slipway plan --version v2
        slipway plan --version v1 --first --environment production --output json
      """)

  @OptionGroup var server: ServerOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var output: OutputOptions

  @Option(help: "The version of the release.")
  var version: Version

  @Flag(help: "Plan it as the first release: nothing is live.")
  var first = false

  func run() async throws {
    let file = try ProjectFile(server.place)
    let request = try file.request(version: version, selection: selection, reason: "plan")
    let preview = try await preview(of: request)
    if output.isJSON { return try Output.json(preview) }
    for line in PlanText(preview: preview).lines(colour: Terminal.current().hasColour) { Output.line(line) }
  }

  private func preview(of request: DeployRequest) async throws -> PlanPreview {
    if first { return PlanPreview(plan: try Plan.compile(request, live: nil), basis: .first) }
    do {
      let plan = try await Connection(options: server).use { try await $0.plan(request) }
      return PlanPreview(plan: plan, basis: .journal)
    } catch let error as SlipwayError where error.code == .serverUnreachable && server.server == nil {
      return PlanPreview(plan: try Plan.compile(request, live: try assumed(request)), basis: .assumed)
    }
  }

  /// The release that is assumed to be live: the same service, as many replicas.
  private func assumed(_ request: DeployRequest) throws -> LiveRelease? {
    guard let service = request.environment.services.first(where: { $0.name == request.service }), let version = Version("live") else {
      return nil
    }
    let unknown = Digest(hashing: [])
    return LiveRelease(
      slot: .blue, release: Release(version: version, artifact: unknown, configuration: unknown),
      replicas: request.environment.replicas, service: service)
  }
}
