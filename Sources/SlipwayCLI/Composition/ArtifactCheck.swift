import Foundation
import SlipwayModel

/// Whether what a release is made of is there, as far as it can be told before anything starts.
struct ArtifactCheck: Hashable, Sendable {
  let service: Name
  /// As the file or `--artifact` names it.
  let artifact: String
  /// Where it was looked for.
  let path: String

  /// - Parameter folder: that of the configuration file; relative names are seen from there.
  /// - Returns: `nil` when the artifact is there, or is made by `build` only then.
  init?(missingOf service: ServiceSpec, artifact given: String? = nil, in folder: String) {
    guard let artifact = given ?? service.artifact else { return nil }
    let path = artifact.hasPrefix("/") ? artifact : folder + "/" + artifact
    guard service.build == nil, !FileManager.default.fileExists(atPath: path) else { return nil }
    (self.service, self.artifact, self.path) = (service.name, artifact, (path as NSString).standardizingPath)
  }

  static let remedy = "build it first, set `build`, or correct `artifact` in the file"

  var sentence: String { "the artifact \(artifact) of \(service) was not found at \(path)" }

  var error: SlipwayError { SlipwayError(.artifactMissing, .input, sentence, remedy: Self.remedy) }
}

extension ProjectFile {
  /// The artifacts that are missing now, each named once.
  var missingArtifacts: [ArtifactCheck] {
    var found: [ArtifactCheck] = []
    for service in project.environments.flatMap(\.services) {
      if let missing = ArtifactCheck(missingOf: service, in: folder), !found.contains(missing) { found.append(missing) }
    }
    return found
  }
}

extension SlipwayError.Code {
  static let artifactMissing = SlipwayError.Code("artifact-missing")
}
