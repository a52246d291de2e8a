import SlipwayEngine
import SlipwayKubernetes
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import Testing

/// Whole rollouts by the cluster's own controllers.
@Suite(
  "Conformance: rollouts", .enabled(if: Place.canRun, Comment(rawValue: Place.present.lack ?? "")), .timeLimit(.minutes(10)))
struct RolloutConformance {
  @Test("A first release, then blue-green: the address moves, the previous pods stay for the bake and are gone after it")
  func blueGreen() async throws {
    try await Site.run { site in
      try await site.withEngine { engine in
        try await site.begin(engine)
        #expect(try await site.selected() == "blue")
        let strategy = StrategySpec.blueGreen(BlueGreenSpec(keepPrevious: .seconds(4)))
        let second = try await site.deploy(try site.request(2, strategy), engine) { $0.phase == .baking }
        try #require(second.phase == .baking, "\(String(describing: second.reason))")
        #expect(try await site.selected() == "green")
        #expect(try await site.pods(.blue).count == 2)
        let done = try await site.follow(second.id, engine)
        #expect(done.phase == .succeeded, "\(String(describing: done.reason))")
        #expect(try await site.pods(.blue).isEmpty)
        #expect(try await site.pods(.green).count == 2)
        // Each release reads its own variables.
        #expect(try await site.object(.secret, "api-green-env")?.json["data"]?["RELEASE"] == "Mg==")
      }
    }
  }

  @Test("A canary by replicas runs pods of both slots behind one address, and ends with one")
  func canary() async throws {
    try await Site.run { site in
      try await site.withEngine { engine in
        try await site.begin(engine, router: .replicas, replicas: 4)
        let half = try await site.expose(engine, router: .replicas, replicas: 4)
        #expect(half.weight == Percentage(percent: 50))
        #expect(try await site.selected() == nil)
        try await engine.intend(.promote, rollout: half.id, actor: Site.person, reason: "conformance", planDigest: nil)
        let done = try await site.follow(half.id, engine)
        #expect(done.phase == .succeeded, "\(String(describing: done.reason))")
        #expect(try await site.selected() == "green")
        #expect(try await site.pods(.green).count == 4)
        #expect(try await site.pods(.blue).isEmpty)
      }
    }
  }

  @Test("A rolling replacement ends with the new release alone")
  func rolling() async throws {
    try await Site.run { site in
      try await site.withEngine { engine in
        try await site.begin(engine, router: .replicas, replicas: 4)
        let strategy = StrategySpec.rolling(RollingSpec(interval: .milliseconds(500), bake: .seconds(1)))
        let done = try await site.deploy(try site.request(2, strategy, router: .replicas, replicas: 4), engine)
        #expect(done.phase == .succeeded, "\(String(describing: done.reason))")
        #expect(try await site.pods(.green).count == 4)
        #expect(try await site.pods(.blue).isEmpty)
      }
    }
  }

  @Test("An abort in the middle of a share leaves what was live, with all its pods")
  func abort() async throws {
    try await Site.run { site in
      try await site.withEngine { engine in
        try await site.begin(engine, router: .replicas, replicas: 3)
        let shifting = try await site.expose(engine, router: .replicas, replicas: 3)
        let back = try await site.abort(shifting, engine)
        #expect(back.phase == .rolledBack, "\(String(describing: back.reason))")
        #expect(try await site.selected() == "blue")
        #expect(try await site.pods(.blue).count == 3)
        #expect(try await site.pods(.green).isEmpty)
      }
    }
  }

  @Test("A rollback while the previous release is warm is one switch, and no pod is started for it")
  func rollback() async throws {
    try await Site.run { site in
      try await site.withEngine { engine in
        try await site.begin(engine)
        let before = try await site.pods(.blue).compactMap(\.uid).sorted()
        let strategy = StrategySpec.blueGreen(BlueGreenSpec(keepPrevious: .minutes(10)))
        let second = try await site.deploy(try site.request(2, strategy), engine) { $0.phase == .baking }
        try #require(second.phase == .baking, "\(String(describing: second.reason))")
        let id = try await engine.rollBack(Site.key, to: nil, actor: Site.person, reason: "conformance")
        let back = try await site.follow(id, engine)
        #expect(back.phase == .rolledBack, "\(String(describing: back.reason))")
        #expect(try await site.selected() == "blue")
        #expect(try await site.pods(.blue).compactMap(\.uid).sorted() == before)
      }
    }
  }

  @Test("A server that follows one that was killed ends the rollout")
  func restart() async throws {
    try await Site.run { site in
      let id = try await site.withEngine { engine in
        try await site.begin(engine, router: .replicas)
        return try await site.expose(engine, router: .replicas).id
      }
      try await site.withEngine { engine in
        let back = try await site.abort(try await engine.rollout(id), engine)
        #expect(back.phase == .rolledBack, "\(String(describing: back.reason))")
        #expect(try await site.selected() == "blue")
      }
    }
  }

  @Test("A slot's autoscaler is held while a rollout goes on, and has its bounds back afterwards")
  func autoscaler() async throws {
    try await Site.run { site in
      try await site.withEngine { engine in
        try await site.begin(engine)
        try await site.make(
          .horizontalPodAutoscaler, "api-green",
          [
            "spec": [
              "minReplicas": 1, "maxReplicas": 5,
              "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "api-green"],
            ]
          ])
        let strategy = StrategySpec.blueGreen(BlueGreenSpec(keepPrevious: .seconds(5)))
        let second = try await site.deploy(try site.request(2, strategy, replicas: 3), engine) { $0.phase == .baking }
        try #require(second.phase == .baking, "\(String(describing: second.reason))")
        #expect(try await site.object(.horizontalPodAutoscaler, "api-green")?.spec?["minReplicas"] == 3)
        let done = try await site.follow(second.id, engine)
        #expect(done.phase == .succeeded, "\(String(describing: done.reason))")
        #expect(try await site.object(.horizontalPodAutoscaler, "api-green")?.spec?["minReplicas"] == 1)
      }
    }
  }
}
