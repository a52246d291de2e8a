import Foundation
import SlipwayEngine
import SlipwayModel
import Testing

@Suite("Channels of a request")
struct ChannelTests {
  private static let strategy = StrategySpec.canary(CanarySpec(stages: [Fixture.stage(50, 60)]))
  private static let chat = NotificationChannel(name: Name("chat")!, webhook: .secret(.variable("CHAT")), format: .slack)

  @Test("They stand in the request and change neither the plan nor a request that has none")
  func request() throws {
    let (bare, told) = (Fixture.request(strategy: Self.strategy), Fixture.request(strategy: Self.strategy).with(notify: [Self.chat]))
    let (one, other) = (try Fixture.started(bare), try Fixture.started(told))
    #expect(one.planDigest == other.planDigest && one.plan == other.plan)
    #expect(!String(decoding: canonicalJSON(one), as: UTF8.self).contains("notify"))
    #expect(try JSONDecoder().decode(RolloutStarted.self, from: Data(canonicalJSON(other))) == other)
    #expect(
      String(decoding: canonicalJSON(Self.chat), as: UTF8.self)
        == #"{"events":["paused","undecided","rolling_back","rolled_back","failed","succeeded"],"format":"slack","name":"chat","#
        + #""webhook":{"variable":"CHAT"}}"#)
  }

  @Test("A request that did not come from a file is held to the same bounds")
  func bounds() throws {
    let wrong = [
      [], [Self.chat, Self.chat], [NotificationChannel(name: Name("chat")!, webhook: .secret(.variable("CHAT")), events: [])],
      [NotificationChannel(name: Name("chat")!, webhook: .secret(.variable("CHAT")), events: [.test])],
      [NotificationChannel(name: Name("chat")!, webhook: .stated(.none))],
    ]
    for channels in wrong {
      let request = Fixture.request(strategy: Self.strategy).with(notify: channels)
      let error = #expect(throws: SlipwayError.self) { try request.requireBounds() }
      #expect(error?.code == .requestOutOfBounds)
    }
    try Fixture.request(strategy: Self.strategy).with(notify: [Self.chat]).requireBounds()
  }
}
