import SlipwayEngine
import SlipwayModel
import Testing

/// Drawn by a generator of its own, so that a failure is the same on every machine.
private struct Draws: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 29
  }
}

@Suite("Arithmetic of weights, replicas and times")
struct ArithmeticTests {
  @Test("The weights of a split sum to 100 %, and a share is what was asked for, to the hundredth")
  func weights() throws {
    for basisPoints in 0...10_000 {
      let share = try #require(Percentage(basisPoints: basisPoints))
      for slot in Slot.allCases {
        let split = TrafficSplit.share(share, to: slot)
        #expect(split.weight(of: slot) == share)
        #expect(split.weight(of: .blue).basisPoints + split.weight(of: .green).basisPoints == 10_000)
      }
    }
    #expect(Slot.allCases.map { TrafficSplit.none.weight(of: $0) } == [.zero, .zero])
  }

  @Test("The way to zero replicas: a live slot with traffic keeps at least one replica, whatever surge and unavailability are")
  func liveCapacity() throws {
    var draws = Draws(state: 1)
    for _ in 0..<4000 {
      let replicas = Int.random(in: 1...40, using: &draws)
      let live = Int.random(in: 1...40, using: &draws)
      let spec = RollingSpec(maxSurge: amount(replicas, &draws), maxUnavailable: amount(replicas, &draws))
      let steps = Plan.rollingSteps(spec, replicas: replicas, live: live)
      let context: Comment = "\(spec), \(replicas) replicas, \(live) live"
      var share = Percentage.hundred
      for step in steps {
        #expect(share == .zero || step.liveReplicasBefore >= 1, context)
        share = step.weight.complement
        #expect((share == .zero) == (step.liveReplicas == 0), context)
        #expect(step.candidateReplicas >= 1, context)
      }
      #expect(steps.last?.weight == .hundred && steps.last?.candidateReplicas == replicas, context)
      #expect(steps.count <= replicas, context)
    }
  }

  @Test("The share of a rolling step is that of its replicas, to the hundredth of a percent, and never 0 or 100 % beside a live one")
  func rollingShares() {
    for replicas in 1...60 {
      for step in Plan.rollingSteps(RollingSpec(maxSurge: .count(1), maxUnavailable: .count(0)), replicas: replicas, live: replicas) {
        let exact = Double(step.candidateReplicas) / Double(step.candidateReplicas + step.liveReplicas)
        #expect(abs(step.weight.ratio - exact) <= 0.0001)
        #expect(step.liveReplicas == 0 || (step.weight > .zero && step.weight < .hundred))
      }
    }
  }

  @Test("A share of replicas is rounded up for surge and down for unavailability, and lies within 0 and all")
  func shares() throws {
    for total in 1...200 {
      for percent in [0.0, 0.01, 1, 10, 25, 33.33, 50, 99.99, 100] {
        let share = ReplicaAmount.share(try #require(Percentage(percent: percent)))
        let (up, down) = (share.count(of: total, rounded: .up), share.count(of: total, rounded: .down))
        #expect(down <= up && up - down <= 1 && down >= 0 && up <= total)
        #expect(Double(down) <= Double(total) * percent / 100 + 1e-9 && Double(up) >= Double(total) * percent / 100 - 1e-9)
      }
    }
  }

  @Test("A time that is written is read again as it was")
  func times() throws {
    var draws = Draws(state: 2)
    for _ in 0..<20_000 {
      let span = TimeSpan.milliseconds(Int64.random(in: 0...315_360_000_000, using: &draws))
      #expect(TimeSpan(span.description) == span)
      let instant = Timestamp(milliseconds: Int64.random(in: -62_135_596_800_000...253_402_300_799_999, using: &draws))
      if instant.milliseconds >= -62_135_596_800_000 + 86_400_000 { #expect(Timestamp(instant.description) == instant) }
      #expect((instant + span) - instant == span && (instant + span) - span == instant)
    }
  }

  private func amount(_ replicas: Int, _ draws: inout Draws) -> ReplicaAmount {
    if Bool.random(using: &draws) { return .count(Int.random(in: 0...replicas + 2, using: &draws)) }
    return .share(Percentage(basisPoints: Int.random(in: 0...10_000, using: &draws)) ?? .zero)
  }
}
