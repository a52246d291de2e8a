import NIOConcurrencyHelpers

/// Decides, request by request, what goes wrong. Two processes with the same settings fail at the same requests.
final class Faults: Sendable {
  /// What one request gets.
  struct Fate: Equatable {
    /// How many requests there were, this one included.
    let number: Int
    let isError: Bool
    let crashes: Bool
    let delayMilliseconds: Int
  }

  private let settings: Settings
  private let count = NIOLockedValueBox(0)

  init(_ settings: Settings) {
    self.settings = settings
  }

  /// The fate of the next request to `/v1/`.
  func next() -> Fate {
    let number = count.withLockedValue { count in
      count += 1
      return count
    }
    return Fate(
      number: number, isError: Self.isError(number, percent: settings.errorPercent),
      crashes: settings.crashAfterRequests.map { number >= $0 } ?? false,
      delayMilliseconds: settings.latencyMilliseconds + Self.jitter(number, below: settings.jitterMilliseconds))
  }

  /// 619 has no factor in common with 1000, so 1000 requests in a row meet every remainder once: the share is exact in
  /// each thousand, and the failures lie scattered, not in a row.
  static func isError(_ number: Int, percent: Double) -> Bool {
    number % 1000 * 619 % 1000 < Int((percent * 10).rounded())
  }

  /// An even spread over `0...bound` that repeats after 1009 requests.
  static func jitter(_ number: Int, below bound: Int) -> Int {
    bound == 0 ? 0 : number % 1009 * 367 % 1009 * (bound + 1) / 1009
  }
}
