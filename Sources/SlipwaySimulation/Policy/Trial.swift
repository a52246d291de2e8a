import SlipwayModel

/// A kind of release that a policy is tried with.
package struct Trial: Hashable, Sendable {
  /// What a policy should do with it.
  package enum Expectation: String, Hashable, Sendable, Encodable {
    case promote
    case goBack = "go_back"
    /// Neither is wrong.
    case either
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
  /// Why neither answer is wrong, as the end of a sentence; empty for other expectations.
  package let excuse: String
  /// What goes wrong around it.
  package let faults: FaultGroup?

  package init(
    id: String, title: String, plural: String, release: ReleaseModel, trafficFactor: Double = 1, expectation: Expectation,
    excuse: String = "", faults: FaultGroup? = nil
  ) {
    self.id = id
    self.title = title
    self.plural = plural
    self.release = release
    self.trafficFactor = trafficFactor
    self.expectation = expectation
    self.excuse = expectation == .either ? excuse : ""
    self.faults = faults
  }
}
