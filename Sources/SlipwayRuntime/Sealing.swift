import SlipwayEngine
import SlipwayModel
import SlipwayPorts

extension Engine {
  /// The request as the journal may have it: values replaced by their digests, and the digest of the configuration made from
  /// those.
  ///
  /// - Parameter keeping: whether the values are kept, which has to be done before the journal names them.
  func sealed(_ request: DeployRequest, keeping: Bool) async throws -> DeployRequest {
    let request = request.environment.notify == nil ? request : try await withSealedChannels(request, keeping: keeping)
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

  /// The request without the URLs of its channels, which are kept as values of variables are.
  private func withSealedChannels(_ request: DeployRequest, keeping: Bool) async throws -> DeployRequest {
    var channels: [NotificationChannel] = []
    for channel in request.environment.notify ?? [] {
      guard case .stated(let url) = channel.webhook else {
        channels.append(channel)
        continue
      }
      channels.append(channel.with(webhook: .stated(try await ports.values.sealed(url, keeping: keeping))))
    }
    return request.with(notify: channels)
  }

  /// What this request would do now; writes nothing.
  ///
  /// - Throws: `SlipwayError` of kind `input` for a request that can't be honoured.
  package func preview(_ request: DeployRequest) async throws -> Plan {
    try Plan.compile(try await sealed(request, keeping: false), live: await live(of: request.key))
  }
}
