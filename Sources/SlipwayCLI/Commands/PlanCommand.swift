import ArgumentParser
import SlipwayEngine
import SlipwayModel
import SlipwayServer
import SlipwayStore

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
    let stated = try await file.withManifests(try file.request(version: version, selection: selection, reason: "plan"))
    let request = stated.honoured
    var preview = try await preview(of: request)
    preview.refused = stated.environment.refusedSettings
    if !preview.refused.isEmpty {
      Output.note(
        "warning: `slipway deploy` refuses this: environment '\(stated.environment.name)' states what this version can't do yet: "
          + "\(preview.refused.joined(separator: ", ")). The plan leaves it out.")
    }
    let service = try file.service(selection.service, in: request.environment)
    if server.server == nil, let missing = ArtifactCheck(missingOf: service, in: file.folder) {
      Output.note("warning: \(missing.sentence)\nremedy: \(ArtifactCheck.remedy)")
    }
    if output.isJSON { return try Output.json(preview) }
    for line in PlanText(preview: preview).lines(colour: Terminal.current().hasColour) { Output.line(line) }
  }

  private func preview(of request: DeployRequest) async throws -> PlanPreview {
    if first { return PlanPreview(plan: try Plan.compile(try sealed(request), live: nil), basis: .first) }
    do {
      return try await Connection(options: server).use { client in
        var preview = PlanPreview(plan: try await client.plan(request), basis: .journal)
        if preview.plan.analysis != nil { preview.forecast = try await forecast(request, client) }
        return preview
      }
    } catch let error as SlipwayError where error.code == .serverUnreachable && server.server == nil {
      let sealed = try sealed(request)
      return PlanPreview(plan: try Plan.compile(sealed, live: try assumed(sealed)), basis: .assumed)
    }
  }

  /// A plan is of use without a forecast.
  private func forecast(_ request: DeployRequest, _ client: ServerClient) async throws -> PlanForecast? {
    do { return try await client.forecast(request) } catch let error as SlipwayError {
      Output.note("warning: what the stages can detect is not known: \(error.message)")
      return nil
    }
  }

  /// The request as a plan shows it, without the values of variables: sealed with the key of the state folder, and where there
  /// is none yet with one that is thrown away.
  private func sealed(_ request: DeployRequest) throws -> DeployRequest {
    let seal = try ValueFolder.seal(in: server.place.stateFolder) ?? ValueSeal(key: (0..<32).map { _ in UInt8.random(in: 0...255) })
    return request.with(
      services: request.environment.services.map {
        $0.with(variables: $0.variables.sealed(with: seal)).with(manifests: $0.manifests?.sealed(with: seal))
      })
  }

  /// The release that is assumed to be live: the same service, as many replicas.
  private func assumed(_ request: DeployRequest) throws -> LiveRelease? {
    guard let service = request.environment.services.first(where: { $0.name == request.service }), let version = Version("live") else {
      return nil
    }
    let unknown = Digest(hashing: [])
    let place = request.environment.target == .kubernetes ? request.environment.kubernetes : nil
    return LiveRelease(
      slot: .blue, release: Release(version: version, artifact: unknown, configuration: unknown),
      replicas: request.environment.replicas, service: service, kubernetes: place?.completed(for: service.name, in: request.folder))
  }
}

extension DeployRequest {
  /// The same request without what this version can't do.
  fileprivate var honoured: DeployRequest {
    DeployRequest(
      service: service, version: version, environment: environment.honoured, configuration: configuration, folder: folder,
      artifact: artifact, reason: reason, actor: actor, supersede: supersede)
  }
}
