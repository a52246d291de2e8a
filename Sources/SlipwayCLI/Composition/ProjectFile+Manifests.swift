import Foundation
import SlipwayConfig
import SlipwayEngine
import SlipwayKubernetes
import SlipwayModel

extension ProjectFile {
  /// The request with the content of the manifests that its environment names for the service; itself where it names none.
  ///
  /// - Throws: `SlipwayError` with code `manifests-unreadable`, `base-unsuitable` or `base-contradicts`, with places.
  func withManifests(_ request: DeployRequest) async throws -> DeployRequest {
    guard request.environment.target == .kubernetes, let stated = request.environment.kubernetes?.manifests,
      let service = request.environment.services.first(where: { $0.name == request.service })
    else { return request }
    let base = try await base(of: service, in: request.environment, stated)
    let services = request.environment.services.map { $0.name == service.name ? $0.with(manifests: .values(base.content)) : $0 }
    return request.with(services: services)
  }

  /// Reads every base that an environment names, so that its mistakes are known before a deployment.
  func checkManifests() async throws {
    for environment in project.environments where environment.target == .kubernetes {
      guard let stated = environment.kubernetes?.manifests else { continue }
      for service in environment.services { _ = try await base(of: service, in: environment, stated) }
    }
  }

  private func base(of service: ServiceSpec, in environment: EnvironmentSpec, _ stated: String) async throws -> BaseManifests {
    guard let cluster = environment.kubernetes else {
      throw ManifestFiles.unreadable("'\(environment.name)' is in no cluster", remedy: "state `target: kubernetes` and a `namespace`")
    }
    let place = try ManagedService(key: DeploymentKey(service: service.name, environment: environment.name), namespace: cluster.namespace)
    let path = cluster.completed(for: service.name, in: folder).manifests ?? stated
    let manifests = try await ManifestFiles(path: (path as NSString).expandingTildeInPath, shown: stated).read()
    let base = try BaseManifests.read(manifests, of: place)
    let keys = statedKeys(of: service.name, in: environment.name)
    let found = try BaseAgreement.contradictions(of: service, stating: Set(keys.keys), with: base, manifests, in: place)
    guard found.isEmpty else {
      let lines = found.map { contradiction in
        (keys[contradiction.key].map { "\($0.file):\($0.line):\($0.column): " } ?? "") + contradiction.message
      }
      throw SlipwayError(
        .baseContradicts, .input, lines.joined(separator: "\n"),
        remedy: "say it in one place: take it out of the manifests, or out of the service in '\(environment.name)'")
    }
    if !base.extras.isEmpty {
      let list = base.extras.map { "\($0.json["kind"]?.text ?? "") \($0.name ?? "")" }.joined(separator: ", ")
      Output.note("note: Slipway does not apply these of \(stated): \(list). They are yours to apply.")
    }
    return base
  }
}

extension SlipwayError.Code {
  static let baseContradicts = SlipwayError.Code("base-contradicts")
}
