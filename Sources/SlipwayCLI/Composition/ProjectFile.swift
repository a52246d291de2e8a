import Foundation
import SlipwayConfig
import SlipwayEngine
import SlipwayModel

/// The project that a configuration file describes, and where the file lies.
struct ProjectFile: Sendable {
  let project: Project
  /// Absolute folder of the file.
  let folder: String
  /// Warnings with their places, for people; empty when there are none.
  let report: String
  let diagnostics: [Diagnostic]
  private let file: ConfigurationFile

  /// Where a service states its keys: ``ConfigurationFile/statedKeys(of:in:)``.
  func statedKeys(of service: Name, in environment: Name) -> [String: SourceLocation] { file.statedKeys(of: service, in: environment) }

  /// As ``report``, without what is said about other environments than this one.
  func report(about environment: Name) -> String { file.report(about: environment) }

  /// Reads the file; `${VAR}` comes from `variables`, by default this process's environment.
  ///
  /// - Throws: ``CommandFailure`` of kind input, with every mistake's place and remedy.
  init(_ place: PlaceOptions, variables: [String: String] = ProcessInfo.processInfo.environment) throws {
    let path = place.filePath
    let file = ConfigurationFile(
      bytes: try Self.read(path), file: place.file, variables: variables)
    guard let project = file.project else {
      let count = file.diagnostics.filter { $0.severity == .error }.count
      let mistakes = count == 1 ? "a mistake" : "\(count) mistakes"
      throw CommandFailure(
        SlipwayError(
          .invalidConfiguration, .input, "\(place.file) has \(mistakes)",
          remedy: "correct the places named; `slipway init --file example.yaml` writes a commented file to compare with"),
        details: file.report + "\n",
        mistakes: file.diagnostics.map(Mistake.init))
    }
    self.project = project
    folder = (path as NSString).deletingLastPathComponent
    report = file.report
    diagnostics = file.diagnostics
    self.file = file
  }

  private static func read(_ path: String) throws -> [UInt8] {
    do {
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw SlipwayError(
        .noConfiguration, .input, "the configuration file \(path) can't be read",
        remedy: "`slipway init` writes one; --file names another", cause: error)
    }
  }
}

extension ProjectFile {
  /// The environment that is asked for, or the only one.
  func environment(_ name: Name?) throws -> EnvironmentSpec {
    let all = project.environments
    let list = all.map(\.name.description).joined(separator: ", ")
    guard let name else {
      if let only = all.first, all.count == 1 { return only }
      throw SlipwayError(
        .unknownEnvironment, .input, "the file has several environments, and none was chosen",
        remedy: "add --environment with one of: \(list)")
    }
    if let found = all.first(where: { $0.name == name }) { return found }
    throw SlipwayError(
      .unknownEnvironment, .input, "there is no environment '\(name)' in the file", remedy: "use one of: \(list)")
  }

  /// The service that is asked for, or the only one.
  func service(_ name: Name?, in environment: EnvironmentSpec) throws -> ServiceSpec {
    let all = environment.services
    let list = all.map(\.name.description).joined(separator: ", ")
    guard let name else {
      if let only = all.first, all.count == 1 { return only }
      throw SlipwayError(
        .serviceNotChosen, .input, "the file has several services, and none was chosen", remedy: "add --service with one of: \(list)")
    }
    if let found = all.first(where: { $0.name == name }) { return found }
    throw SlipwayError(
      .unknownService, .input, "environment '\(environment.name)' has no service '\(name)'", remedy: "use one of: \(list)")
  }

  /// The request to bring a version of a service into an environment.
  func request(
    version: Version, selection: SelectionOptions, artifact: String? = nil, reason: String, supersede: Bool = false
  ) throws -> DeployRequest {
    let environment = try environment(selection.environment)
    let service = try service(selection.service, in: environment)
    return DeployRequest(
      service: service.name, version: version, environment: environment, configuration: service.configurationDigest,
      folder: folder, artifact: artifact, reason: reason, actor: Actor(.person, NSUserName()), supersede: supersede)
  }
}

extension SlipwayError.Code {
  static let invalidConfiguration = SlipwayError.Code("invalid-configuration")
  static let noConfiguration = SlipwayError.Code("no-configuration")
  static let unknownEnvironment = SlipwayError.Code("unknown-environment")
  static let serviceNotChosen = SlipwayError.Code("service-not-chosen")
}
