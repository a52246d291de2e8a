import SlipwayModel

/// How long to wait before a process that ended by itself is started again: 0.2 s, doubled with each end in a row, at most 30 s.
/// A process that was bound for 60 s ends the row.
///
/// | ends in a row | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 and more |
/// | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
/// | wait | 0.2 s | 0.4 s | 0.8 s | 1.6 s | 3.2 s | 6.4 s | 12.8 s | 25.6 s | 30 s |
enum Backoff {
  static let resetAfter = TimeSpan.seconds(60)
  static let longest = TimeSpan.seconds(30)
  /// From so many ends in a row on it is called a crash loop.
  static let crashLoop = 3

  static func delay(afterFailures count: Int) -> TimeSpan {
    guard count > 0 else { return .zero }
    return min(longest, .milliseconds(200) * (Int64(1) << Int64(min(count - 1, 20))))
  }
}
