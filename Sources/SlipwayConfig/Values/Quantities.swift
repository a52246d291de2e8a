import SlipwayModel

extension Percentage {
  /// Reads `10`, `10%`, `2.5 %`: 0 to 100 with at most two decimals; `nil` for anything else.
  package init?(configuration text: String) {
    var digits = Substring(text)
    if digits.last == "%" { digits.removeLast() }
    while digits.last == " " { digits.removeLast() }
    let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first, (1...3).contains(whole.count), whole.isDecimal, let percent = Int(whole) else { return nil }
    var hundredths = 0
    if parts.count == 2 {
      guard (1...2).contains(parts[1].count), parts[1].isDecimal, let value = Int(parts[1]) else { return nil }
      hundredths = parts[1].count == 1 ? value * 10 : value
    }
    self.init(basisPoints: percent * 100 + hundredths)
  }
}

extension ReplicaAmount {
  /// Reads a count (`2`, up to 1000) or a share (`25%`); `nil` for anything else.
  package init?(configuration text: String) {
    if text.isDecimal, text.count <= 4, let count = Int(text), count <= 1000 {
      self = .count(count)
    } else if text.last == "%", let share = Percentage(configuration: text) {
      self = .share(share)
    } else {
      return nil
    }
  }

  /// How many of the replicas it stands for.
  func replicas(of total: Int, roundedUp: Bool) -> Int {
    switch self {
    case .count(let count): count
    case .share(let share): (share.basisPoints * total + (roundedUp ? 9999 : 0)) / 10_000
    }
  }
}

extension StringProtocol {
  /// Whether it is made of the digits 0 to 9 and has at least one.
  var isDecimal: Bool { !isEmpty && utf8.allSatisfy { (48...57).contains($0) } }
}
