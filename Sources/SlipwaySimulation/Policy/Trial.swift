import SlipwayModel

/// A kind of release that a policy is tried with.
package struct Trial: Hashable, Sendable {
  /// What a policy should do with it.
  package enum Expectation: String, Hashable, Sendable, Encodable {
    case promote
    case goBack = "go_back"
    /// It is worse than what is live, and nothing in the plan forbids it.
    case permitted
  }

  /// A stable word for scripts, in snake_case; it also chooses the random numbers.
  package let id: String
  /// What stands in the table: `2 points more errors`.
  package let title: String
  /// What sentences say: `releases with 2 points more errors`.
  package let plural: String
  package let release: ReleaseModel
  /// Factor on the stated number of requests.
  package let trafficFactor: Double
  package let expectation: Expectation

  package init(
    id: String, title: String, plural: String, release: ReleaseModel, trafficFactor: Double = 1, expectation: Expectation
  ) {
    self.id = id
    self.title = title
    self.plural = plural
    self.release = release
    self.trafficFactor = trafficFactor
    self.expectation = expectation
  }
}
