import SlipwayEngine
import SlipwayModel

/// Body of `POST /v1/rollouts/{id}/intents`.
package struct IntentRequest: Hashable, Sendable, Codable {
  package let kind: Intent.Kind
  /// Why, in the words of whoever decided.
  package let reason: String
  /// The plan that the decision is about; absent stands for the present one.
  package let planDigest: Digest?

  package init(kind: Intent.Kind, reason: String, planDigest: Digest? = nil) {
    self.kind = kind
    self.reason = reason
    self.planDigest = planDigest
  }

  private enum CodingKeys: String, CodingKey {
    case kind, reason
    case planDigest = "plan_digest"
  }
}

/// Body of `POST /v1/rollouts/{id}/retry`.
package struct RetryRequest: Hashable, Sendable, Codable {
  package let reason: String

  package init(reason: String) {
    self.reason = reason
  }
}

/// Body of `POST /v1/rollback`.
package struct RollbackRequest: Hashable, Sendable, Codable {
  package let service: Name
  package let environment: Name
  /// The release to go back to; absent for the one that was live before the present one.
  package let version: Version?
  package let reason: String

  package init(service: Name, environment: Name, version: Version?, reason: String) {
    self.service = service
    self.environment = environment
    self.version = version
    self.reason = reason
  }
}
