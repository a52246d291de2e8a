import Foundation
import SlipwayModel
import SlipwayPorts

/// Asks registries what a tag stands for (OCI Distribution Specification 1.1; Docker Registry HTTP API V2), so that a version of a
/// service is one image for ever, whoever moves the tag.
///
/// Credentials are those of `docker login`, read for each question; none is in any message. Registries are spoken to over HTTPS, but for
/// those on this machine.
package final class ImageRegistry: Sendable {
  private let connections: RegistryConnections
  private let clock: any EngineClock
  private let environment: [String: String]

  /// - Parameters:
  ///   - environment: of this process: where Docker's configuration and a proxy are named, and what credential helpers get.
  ///   - certificateFolders: where a folder named after a registry holds certificates (`*.crt`) of authorities that are trusted for it.
  package init(
    clock: any EngineClock, environment: [String: String] = ProcessInfo.processInfo.environment,
    certificateFolders: [String] = ["/etc/docker/certs.d", "/etc/containers/certs.d"]
  ) {
    connections = RegistryConnections(environment: environment, certificateFolders: certificateFolders)
    (self.clock, self.environment) = (clock, environment)
  }

  /// Ends all connections. Questions after that fail with `registry-unreachable`.
  package func close() async { await connections.close() }

  /// The digest of what the registry has under a reference now: of the index when the image is for several platforms. A reference with
  /// a digest is asked for by that, so the answer says that it is there.
  ///
  /// - Parameter limit: for everything, credential helpers and repetitions included.
  /// - Throws: `SlipwayError`: `image-not-found`; `registry-unauthorized` when there are no credentials that it takes;
  ///   `registry-unreachable` without an answer in time; `registry-answer` when what answers is no registry, or contradicts itself.
  ///   `CancellationError`.
  package func digest(of reference: ImageReference, within limit: TimeSpan) async throws -> Digest {
    do {
      return try await within(limit, clock) {
        let certificates = try self.connections.certificates(of: reference.registry)
        let origin = RegistryOrigin(of: reference.registry, hasCertificates: !certificates.isEmpty)
        let credentials = RegistryCredentials(reference: reference, environment: self.environment, clock: self.clock)
        let line = RegistryLine(connections: self.connections, home: origin, certificates: certificates, clock: self.clock)
        return try await ManifestQuestion(reference: reference, line: line, credentials: credentials).digest()
      }
    } catch is TimeIsUp {
      try Task.checkCancellation()
      throw SlipwayError.registryUnreachable("the registry \(reference.registry) has not answered within \(limit)")
    }
  }
}
