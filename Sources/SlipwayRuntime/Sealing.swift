import SlipwayEngine
import SlipwayModel
import SlipwayPorts

extension Engine {
  /// The request as the journal may have it: values replaced by their digests, and the digest of the configuration made from
  /// those.
  ///
  /// - Parameter keeping: whether the values are kept, which has to be done before the journal names them.
  func sealed(_ request: DeployRequest, keeping: Bool) async throws -> DeployRequest {
    if request.environment.services.allSatisfy({ $0.variables == .none && $0.manifests == nil }) { return request }
    var services: [ServiceSpec] = []
    for service in request.environment.services {
      let sealed = service.with(variables: try await ports.values.sealed(service.variables, keeping: keeping))
      guard let manifests = service.manifests else {
        services.append(sealed)
        continue
      }
      services.append(sealed.with(manifests: try await ports.values.sealed(manifests, keeping: keeping)))
    }
    return request.with(services: services)
  }

  /// What this request would do now; writes nothing.
  ///
  /// - Throws: `SlipwayError` of kind `input` for a request that can't be honoured.
  package func preview(_ request: DeployRequest) async throws -> Plan {
    try Plan.compile(try await sealed(request, keeping: false), live: await live(of: request.key))
  }
}
