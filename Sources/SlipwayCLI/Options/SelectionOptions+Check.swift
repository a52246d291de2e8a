import SlipwayEngine
import SlipwayModel

extension SelectionOptions {
  /// Refuses names that nothing has: a slip of the pen must not look like a place where nothing was deployed. Where nothing was
  /// deployed at all every name passes.
  ///
  /// - Parameters:
  ///   - deployed: what was ever deployed here.
  ///   - place: where the file is whose names count too; `nil` when only what was deployed counts.
  /// - Throws: `unknown-environment`, `unknown-service`.
  func check(_ deployed: [DeploymentKey], _ place: PlaceOptions? = nil) throws {
    guard !deployed.isEmpty else { return }
    let known = Set(deployed + (place.map(Self.described) ?? []))
    if let environment, !known.contains(where: { $0.environment == environment }) {
      throw SlipwayError(
        .unknownEnvironment, .input, "nothing was deployed in an environment '\(environment)'",
        remedy: "use one of: " + Self.list(known.map(\.environment)))
    }
    let here = known.filter { (environment ?? $0.environment) == $0.environment }
    guard let service, !here.contains(where: { $0.service == service }) else { return }
    throw SlipwayError(
      .unknownService, .input, "no service '\(service)' was deployed" + (environment.map { " in \($0)" } ?? " here"),
      remedy: "use one of: " + Self.list(here.map(\.service)))
  }

  /// What the file describes; nothing where it can't be read, which is not what was asked about.
  private static func described(_ place: PlaceOptions) -> [DeploymentKey] {
    let file: ProjectFile
    do { file = try ProjectFile(place) } catch { return [] }
    return file.project.environments.flatMap { environment in
      environment.services.map { DeploymentKey(service: $0.name, environment: environment.name) }
    }
  }

  private static func list(_ names: [Name]) -> String { Set(names).sorted().map(\.description).joined(separator: ", ") }
}
