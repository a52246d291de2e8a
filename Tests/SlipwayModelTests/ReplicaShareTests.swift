import SlipwayModel
import Testing

@Suite("Replicas for a share")
struct ReplicaShareTests {
  private static func share(_ percent: Int) -> Percentage { Percentage(basisPoints: percent * 100)! }

  private static let surges = [0, 1, 3]

  @Test(
    "For 1 to 200 replicas and every share: both slots live, none too large, enough and not too many, and never a step back",
    arguments: surges)
  func properties(surge: Int) {
    for total in 1...200 where total + surge > 1 {
      var before = ReplicaShare(candidate: 0, live: total)
      for percent in 0...100 {
        guard let counts = ReplicaShare.counts(total: total, share: Self.share(percent), surge: surge) else {
          Issue.record("no counts for \(total) replicas at \(percent)%")
          return
        }
        let all = counts.candidate + counts.live
        let isWhole = percent == 0 || percent == 100
        guard isWhole || (counts.candidate >= 1 && counts.live >= 1), max(counts.candidate, counts.live) <= total,
          all >= total, all <= total + surge, counts.candidate >= before.candidate, counts.live <= before.live
        else {
          Issue.record("\(total) replicas, surge \(surge), \(percent)%: \(counts) after \(before)")
          return
        }
        before = counts
      }
      #expect(before == ReplicaShare(candidate: total, live: 0))
    }
  }

  @Test("With as much surge as replicas the live slot keeps all of its own up to a half", arguments: [1, 2, 7, 40])
  func doubled(total: Int) {
    for percent in 1...50 {
      let counts = ReplicaShare.counts(total: total, share: Self.share(percent), surge: total)
      #expect(counts?.live ?? 0 >= total - 1)
    }
    #expect(ReplicaShare.counts(total: total, share: Self.share(50), surge: total) == ReplicaShare(candidate: total, live: total))
  }

  @Test("Fractions of a percent count")
  func fractions() {
    let half = Percentage(basisPoints: 50)!
    #expect(ReplicaShare.counts(total: 200, share: half) == ReplicaShare(candidate: 1, live: 199))
    #expect(ReplicaShare.counts(total: 400, share: half) == ReplicaShare(candidate: 2, live: 398))
  }

  @Test("One replica can't be divided without another")
  func one() {
    #expect(ReplicaShare.counts(total: 1, share: Self.share(50)) == nil)
    #expect(ReplicaShare.counts(total: 1, share: Self.share(50), surge: 1) == ReplicaShare(candidate: 1, live: 1))
    #expect(ReplicaShare.counts(total: 1, share: .zero) == ReplicaShare(candidate: 0, live: 1))
    #expect(ReplicaShare.counts(total: 1, share: .hundred) == ReplicaShare(candidate: 1, live: 0))
  }

  @Test("A share needs its part of the replicas, rounded up, and any share at least one")
  func needed() {
    #expect([0, 1, 10, 34, 50, 99, 100].map { ReplicaShare.needed(total: 3, share: Self.share($0)) } == [0, 1, 1, 2, 2, 3, 3])
    for total in 1...50 {
      for percent in 1...100 {
        let needed = ReplicaShare.needed(total: total, share: Self.share(percent))
        #expect((1...total).contains(needed) && needed * 100 >= total * percent)
      }
    }
  }

  // MARK: Beside Argo Rollouts

  @Test(
    "Where Argo Rollouts takes the candidate away in the middle of a rollout, it stays",
    arguments: [(2, 75), (5, 90), (10, 95), (25, 98), (50, 99)])
  func defects(total: Int, percent: Int) throws {
    let counts = try #require(ReplicaShare.counts(total: total, share: Self.share(percent)))
    // Nearest without emptying the live slot; Argo's own counts there are 0 and all.
    #expect(counts == ReplicaShare(candidate: max(1, total - 1), live: 1))
  }

  /// Candidate and live replicas of Argo Rollouts at 0, 1, 5, 10, 20, 25, 33, 50, 75, 90, 99 and 100 %, by replicas and surge
  /// (`approximateWeightedCanaryStableReplicaCounts`, enumerated on a port of it).
  private static let weights = [0, 1, 5, 10, 20, 25, 33, 50, 75, 90, 99, 100]
  private static let argo: [(total: Int, surge: Int, counts: String)] = [
    (1, 1, "0/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/0"),
    (2, 0, "0/2 1/1 1/1 1/1 1/1 1/1 1/1 1/1 0/2 1/1 1/1 2/0"),
    (2, 1, "0/2 1/2 1/2 1/2 1/2 1/2 1/2 1/1 2/1 2/1 2/1 2/0"),
    (3, 0, "0/3 1/2 1/2 1/2 1/2 1/2 1/2 2/1 2/1 2/1 2/1 3/0"),
    (3, 1, "0/3 1/3 1/3 1/3 1/3 1/3 1/2 2/2 3/1 3/1 3/1 3/0"),
    (4, 0, "0/4 1/3 1/3 1/3 1/3 1/3 1/3 2/2 3/1 3/1 3/1 4/0"),
    (4, 1, "0/4 1/4 1/4 1/4 1/4 1/3 2/3 2/2 3/1 4/1 4/1 4/0"),
    (5, 0, "0/5 1/4 1/4 1/4 1/4 1/4 2/3 3/2 4/1 0/5 4/1 5/0"),
    (5, 1, "0/5 1/5 1/5 1/5 1/4 1/4 2/4 3/3 4/1 5/1 5/1 5/0"),
    (10, 0, "0/10 1/9 1/9 1/9 2/8 3/7 3/7 5/5 8/2 9/1 9/1 10/0"),
    (10, 1, "0/10 1/10 1/10 1/9 2/8 3/8 3/7 5/5 8/3 9/1 10/1 10/0"),
  ]

  /// Where the two differ: twice by a defect of theirs; otherwise both are equally near, and Slipway takes the smaller candidate.
  private static let differences: Set<String> = [
    "2+0 at 75%: 1/1, not 0/2", "5+0 at 90%: 4/1, not 0/5", "3+0 at 50%: 1/2, not 2/1", "5+0 at 50%: 2/3, not 3/2",
    "10+0 at 25%: 2/8, not 3/7", "10+0 at 75%: 7/3, not 8/2",
  ]

  @Test("The counts of Argo Rollouts come out, but for its defects and for ties")
  func comparison() throws {
    var found: Set<String> = []
    for row in Self.argo {
      for (weight, theirs) in zip(Self.weights, row.counts.split(separator: " ")) {
        let ours = try #require(ReplicaShare.counts(total: row.total, share: Self.share(weight), surge: row.surge))
        let text = "\(ours.candidate)/\(ours.live)"
        if text != theirs { found.insert("\(row.total)+\(row.surge) at \(weight)%: \(text), not \(theirs)") }
      }
    }
    #expect(found == Self.differences)
  }
}
