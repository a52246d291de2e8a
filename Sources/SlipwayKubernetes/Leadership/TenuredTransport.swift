/// The way to an API server for a server that leads: whatever changes something is sent only while the tenure lasts, at each attempt anew.
struct TenuredTransport: ClusterTransport {
  let transport: any ClusterTransport
  let tenure: Tenure

  func open(_ request: ClusterRequest) async throws -> ClusterReply {
    switch request.method {
    case .get: break
    case .post, .put, .patch, .delete: try tenure.require()
    }
    return try await transport.open(request)
  }

  func prepare() async throws { try await transport.prepare() }
  func renewCredentials() async -> Bool { await transport.renewCredentials() }
  var secrets: [String] { transport.secrets }
  func close() async { await transport.close() }
}
