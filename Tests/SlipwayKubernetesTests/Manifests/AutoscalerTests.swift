import SlipwayKubernetes
import SlipwayModel
import Testing

@Suite("An autoscaler during a rollout")
struct AutoscalerTests {
  private func autoscaler(min: Int?, max: Int = 10) throws -> Autoscaler {
    var document = ObjectDocument(try Sample.service().autoscaler(of: .blue), annotations: ["team": "shop"])
    document.json["spec"] = [
      "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "api-blue"], "maxReplicas": .integer(max),
      "metrics": [["type": "Resource", "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 70]]]],
    ]
    document.json["spec"]?["minReplicas"] = min.map { .integer($0) }
    return Autoscaler(document)
  }

  @Test("flagger #1600, argo #3372: the floor is lifted for the rollout, and what it was stands beside it")
  func lifted() throws {
    let lifted = try autoscaler(min: 2).lifted(to: 8)
    #expect([lifted.floor, lifted.ceiling] == [8, 10])
    #expect(lifted.document.annotations == ["team": "shop", "slipway.dev/floor-before-rollout": "2"])
    try Snapshot.expect([try autoscaler(min: 2).document, lifted.document, lifted.restored().document], are: "autoscaler-lifted")
  }

  @Test("Whatever the floor was, lifting it any number of times and restoring it gives back the same", arguments: [nil, 0, 1, 4, 10])
  func roundTrip(min: Int?) throws {
    let before = try autoscaler(min: min)
    for row in [[1], [3], [3, 3], [8, 5], [5, 8], [5, 40], [40, 41]] {
      let lifted = row.reduce(before) { $0.lifted(to: $1) }
      #expect(lifted.floor >= row.max() ?? 0)
      #expect(lifted.ceiling >= lifted.floor)
      #expect(lifted.restored() == before)
      #expect(lifted.restored().restored() == before)
    }
  }

  @Test("A floor that is high enough is left alone")
  func high() throws {
    let before = try autoscaler(min: 6)
    #expect(before.lifted(to: 6) == before)
    #expect(before.restored() == before)
  }

  @Test("The patch changes the numbers behind tests of what was read, and nothing when nothing differs")
  func patch() throws {
    let before = try autoscaler(min: 2)
    let key = try Sample.service().autoscaler(of: .blue)
    #expect(
      before.patch(to: before.lifted(to: 8), at: key)
        == .patch(
          key,
          [
            .test("/spec/minReplicas", 2), .add("/spec/minReplicas", 8),
            .add("/metadata/annotations/slipway.dev~1floor-before-rollout", "2"),
          ]))
    #expect(before.patch(to: before, at: key) == nil)
    for (old, new) in [(before, before.lifted(to: 20)), (before.lifted(to: 20), before)] {
      var cluster = Cluster([old.document])
      let change = try #require(old.patch(to: new, at: key))
      try cluster.perform(change)
      #expect(cluster[key] == new.document)
    }
  }

  @Test("A slot gets an autoscaler like the user's, which scales the slot's Deployment")
  func copy() throws {
    let service = try Sample.service()
    let copy = try autoscaler(min: 2).copy(for: .green, of: service)
    #expect(copy.targets(service.deployment(of: .green)))
    #expect(!copy.targets(service.deployment(of: .blue)))
    #expect([copy.floor, copy.ceiling] == [2, 10])
    #expect(copy.document.name == "api-green")
  }
}
