import NIOHTTP1
import SlipwayModel

/// A traffic split in the form in which requests are decided: a value without references to anything that changes.
struct Splitter {
  /// The cookie that ties a client to its slot. It holds a random identifier, never a slot: the slot follows from the
  /// identifier and the weight, so a client moves only when the weight passes it.
  static let cookieName = "slipway"

  let split: TrafficSplit
  let sticky: Bool
  let salt: RouteSalt
  /// Green's share in hundredths of a percent; `nil` when nobody gets traffic.
  private let greenPoints: UInt64?

  init(split: TrafficSplit, sticky: Bool, salt: RouteSalt) {
    self.split = split
    self.sticky = sticky
    self.salt = salt
    greenPoints = split.green.map { UInt64($0.basisPoints) }
  }

  /// Whether the slot of a request without a rule depends on who asks.
  var isDivided: Bool {
    guard let greenPoints else { return false }
    return greenPoints > 0 && greenPoints < 10_000
  }

  /// Whether requests need a cookie to be decided.
  var needsCookie: Bool { sticky && isDivided }

  var hasRules: Bool { !split.rules.isEmpty }

  /// The slot of a client with this identifier. Monotone: while green's share only grows, a client that is on green stays
  /// there, and while it only shrinks, one on blue stays there.
  func slot(ofClient identifier: some Collection<UInt8>) -> Slot? {
    slot(ofBucket: SipHash.hash(identifier, key: salt) % 10_000)
  }

  /// The slot for a number drawn from 0..<10 000; `nil` when nobody gets traffic.
  func slot(ofBucket bucket: UInt64) -> Slot? {
    guard let greenPoints else { return nil }
    return bucket < greenPoints ? .green : .blue
  }

  /// The slot of the first rule that matches; `nil` when none does.
  func ruled(_ headers: HTTPHeaders) -> Slot? {
    for rule in split.rules {
      switch rule.source {
      case .header:
        let values = headers[rule.name]
        if rule.value == nil ? !values.isEmpty : values.contains(where: { $0 == rule.value }) { return rule.slot }
      case .cookie:
        for line in headers["cookie"] {
          guard let value = Cookies.value(of: rule.name, in: line) else { continue }
          if rule.value == nil || rule.value.map({ value.elementsEqual($0.utf8) }) == true { return rule.slot }
        }
      }
    }
    return nil
  }
}
