import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("The status of a Release")
struct ReleaseStatusTests {
  private let digest = Digest(hashing: [])

  private func status(_ outcome: ReleaseOutcome, after previous: ReleaseStatus? = nil, at seconds: Int64) -> ReleaseStatus {
    ReleaseStatus(
      generation: 3, digest: digest, outcome, follows: nil, liveVersion: Version("v1"), entry: 7, previous: previous,
      at: Timestamp(milliseconds: seconds * 1000 + 250))
  }

  private func since(_ status: ReleaseStatus) -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: (status.json["conditions"]?.items ?? []).map {
        ($0["type"]?.text ?? "", "\($0["status"]?.text ?? "") since \($0["lastTransitionTime"]?.text ?? "")")
      })
  }

  @Test("A condition keeps the instant of its last change while only its words change, and those that are no longer so go")
  func transitions() {
    let first = status(ReleaseOutcome(.reconciling, "Shifting", "step 1"), at: 100)
    #expect(since(first) == ["Ready": "Unknown since 1970-01-01T00:01:40Z", "Reconciling": "True since 1970-01-01T00:01:40Z"])
    let second = status(ReleaseOutcome(.reconciling, "Paused", "by ada"), after: first, at: 110)
    #expect(since(second) == since(first))
    #expect(second.ready == ["Paused", "by ada"])
    let third = status(ReleaseOutcome(.stalled, "RolledBack", ""), after: second, at: 120)
    #expect(since(third) == ["Ready": "False since 1970-01-01T00:02:00Z", "Stalled": "True since 1970-01-01T00:02:00Z"])
    let fourth = status(ReleaseOutcome(.ready, "Live", ""), after: third, at: 130)
    #expect(since(fourth) == ["Ready": "True since 1970-01-01T00:02:10Z"])
  }

  @Test("Figures alone are not urgent; a reason, a phase or a version is")
  func urgency() {
    let outcome = ReleaseOutcome(.reconciling, "Shifting", "step 1")
    let first = status(outcome, at: 100)
    #expect(first.isUrgent(after: nil))
    var json = first.json
    json["share"] = 20
    json["entry"] = 9
    #expect(!ReleaseStatus(json).isUrgent(after: first))
    #expect(!status(ReleaseOutcome(.reconciling, "Shifting", "step 2"), after: first, at: 101).isUrgent(after: first))
    #expect(status(ReleaseOutcome(.reconciling, "Paused", "step 1"), after: first, at: 101).isUrgent(after: first))
  }

  @Test(
    "A share is told in whole percents, of which only nothing is 0 and only all is 100",
    arguments: [
      (0, 0), (1, 1), (50, 1), (149, 1), (150, 2), (5000, 50), (9999, 99), (10_000, 100),
    ])
  func share(basisPoints: Int, told: Int) throws {
    #expect(ReleaseStatus.whole(try #require(Percentage(basisPoints: basisPoints))) == told)
  }

  @Test("The rights are those of the calls that are made")
  func rights() throws {
    #expect(
      RequiredRights.rules(RequiredRights.questionsForReleases(in: try #require(Name("shop")))).map(\.text).joined(separator: "\n") == """
        - {apiGroups: ["slipway.dev"], resources: ["releases"], verbs: ["list", "watch"]}
        - {apiGroups: ["slipway.dev"], resources: ["releases/status"], verbs: ["patch"]}
        - {apiGroups: [""], resources: ["configmaps"], verbs: ["get"]}
        - {apiGroups: [""], resources: ["events"], verbs: ["get", "create", "patch"]}
        """)
  }
}
