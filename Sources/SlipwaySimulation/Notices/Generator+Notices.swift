import SlipwayModel

// Who is told in a round of a campaign, and what goes wrong with that.
extension Generator {
  /// In about every seventh round somebody is told.
  mutating func channels() -> [NotificationChannel]? {
    guard notices.chance(0.15) else { return nil }
    hasChannels = true
    let all = NotificationChannel(name: Self.chat, webhook: .secret(.variable("CHAT")), events: NotificationEvent.allCases)
    let ends = NotificationChannel(
      name: Self.pager, webhook: .secret(.variable("PAGER")), events: [.rollingBack, .rolledBack, .failed, .succeeded])
    return notices.chance(0.5) ? [all] : [all, ends]
  }

  // Letters are names.
  private static let chat = Name("chat")!
  private static let pager = Name("pager")!

  mutating func noticeFaults(of kinds: [FaultKind]) -> [Fault] {
    guard hasChannels else { return [] }
    return Fault.random(
      notices.whole(in: 0...2), of: kinds.filter { $0.family == .notifier }, within: .seconds(60), calls: 1, using: &notices)
  }
}
