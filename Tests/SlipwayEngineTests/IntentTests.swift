import SlipwayEngine
import SlipwayModel
import Testing

@Suite("Intents")
struct IntentTests {
  private func world() throws -> World {
    let spec = CanarySpec(stages: [Fixture.stage(10, 20), Fixture.stage(50, 20)], keepPrevious: .minutes(5))
    return World(try Fixture.started(Fixture.request(strategy: .canary(spec))))
  }

  @Test("A paused rollout does not advance, and the pause uses up none of its time")
  func pause() throws {
    var world = try world()
    world.run(15)
    try world.intend(.pause)
    world.run(100)
    #expect(world.rollout.stepIndex == 0)
    try world.intend(.resume)
    world.run(5)
    #expect(world.rollout.stepIndex == 0)
    world.run(20)
    #expect(world.rollout.stepIndex == 1)
  }

  @Test("A paused rollout still goes back when its candidate fails")
  func pausedFails() throws {
    var world = try world()
    world.run(10)
    try world.intend(.pause)
    world.errorPercent = [.green: 100]
    world.run(10)
    #expect(world.rollout.phase == .rolledBack)
  }

  @Test("Promote goes on to the next step, fully to the last")
  func promote() throws {
    var world = try world()
    world.run(10)
    try world.intend(.promote)
    #expect(world.rollout.stepIndex == 1)
    world.run(4)
    try world.intend(.promoteFully)
    #expect(world.rollout.stepIndex == 2)
    world.run(10)
    #expect(world.rollout.phase == .baking)
    try world.intend(.promote)
    world.run(5)
    #expect(world.rollout.phase == .succeeded)
  }

  @Test("An abort sends traffic back and names who wanted it")
  func abort() throws {
    var world = try world()
    world.run(10)
    try world.intend(.abort)
    world.run(5)
    #expect(world.rollout.phase == .rolledBack)
    #expect(world.rollout.reason == Reason("aborted", "aborted by ada@example: because"))
  }

  @Test("A decision about another plan is refused")
  func otherPlan() throws {
    var world = try world()
    world.run(10)
    let error = #expect(throws: SlipwayError.self) { try world.intend(.promote, digest: Fixture.digest("another")) }
    #expect(error?.code == .planChanged)
  }

  @Test("What does not fit the state is refused, and nothing is recorded", arguments: Intent.Kind.allCases)
  func notNow(_ kind: Intent.Kind) throws {
    var world = try world()
    world.run(10)
    try world.intend(.abort)
    world.run(10)
    let count = world.events.count
    #expect(throws: SlipwayError.self) { try world.intend(kind) }
    #expect(world.events.count == count)
  }

  @Test("Pausing twice, resuming what runs, and promoting before traffic moves are refused")
  func nonsense() throws {
    var world = try world()
    #expect(throws: SlipwayError.self) { try world.intend(.promote) }
    #expect(throws: SlipwayError.self) { try world.intend(.resume) }
    try world.intend(.pause)
    #expect(throws: SlipwayError.self) { try world.intend(.pause) }
  }

  @Test("The next release ends the bake of the one before")
  func makeWay() throws {
    var world = try world()
    world.run(80)
    #expect(world.rollout.phase == .baking)
    world.tell(.makeWay)
    world.run(3)
    #expect(world.rollout.phase == .succeeded)
    #expect(world.violations == [])
  }
}
