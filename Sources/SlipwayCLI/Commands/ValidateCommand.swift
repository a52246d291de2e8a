import ArgumentParser
import SlipwayConfig
import SlipwayModel

struct ValidateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Check the configuration file.",
    discussion: """
      Every mistake is reported at once, each with file, line, column, the line itself and the remedy. Needs no server.

        slipway validate
        slipway validate --file deploy/slipway.yaml --output json
      """)

  @OptionGroup var place: PlaceOptions
  @OptionGroup var output: OutputOptions

  /// What `--output json` prints for a file that can be used.
  private struct Document: Encodable {
    let valid = true
    let project: Name
    let environments: [Name]
    let diagnostics: [Mistake]
  }

  func run() async throws {
    let file = try ProjectFile(place)
    let environments = file.project.environments
    try await file.checkManifests()
    if output.isJSON {
      try Output.json(
        Document(project: file.project.name, environments: environments.map(\.name), diagnostics: file.diagnostics.map(Mistake.init)))
      return
    }
    if !file.report.isEmpty { Output.note(file.report) }
    for missing in file.missingArtifacts { Output.note("warning: \(missing.sentence)\nremedy: \(ArtifactCheck.remedy)") }
    Output.line("\(place.file) is valid: project \(file.project.name)")
    for environment in environments {
      let services = environment.services.map(\.name.description).joined(separator: ", ")
      let name = environment.name.description.padded(12)
      Output.line(
        "  \(name) \(environment.target.rawValue), \(environment.strategy.name), \(Figures.replicas(environment.replicas)) of: \(services)")
    }
  }
}
