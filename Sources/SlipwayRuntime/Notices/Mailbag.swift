import SlipwayModel

/// The letters of one route, oldest first, and when the next may be sent.
struct Mailbag {
  private(set) var letters: [Letter] = []
  /// Since the receiver last took something.
  private var pause: TimeSpan = .zero
  /// Nothing is sent before.
  private(set) var notBefore: Timestamp?

  /// The letter that is to be sent now, or whose fate is to be written down.
  func next(at now: Timestamp) -> Letter? { notBefore.map { $0 <= now } ?? true ? letters.first : nil }

  /// Puts a letter into the order of the journal.
  mutating func add(_ letter: Letter) {
    let place = letters.lastIndex { $0.notice.journalIndex <= letter.notice.journalIndex }.map { $0 + 1 } ?? 0
    // The first one may be on its way.
    letters.insert(letter, at: letters.isEmpty ? 0 : max(place, 1))
  }

  /// The first letter was sent, and there is nothing more to do for it.
  mutating func settle(_ outcome: Letter.Outcome) {
    letters[0].attempts += 1
    letters[0].outcome = outcome
    (pause, notBefore) = (.zero, nil)
  }

  /// The first letter was sent in vain: it is tried again after a pause, unless that has gone on for too long. Those behind it that have
  /// waited as long are given up with it.
  mutating func fail(_ reason: String, at now: Timestamp, _ terms: Courier.Terms) {
    letters[0].attempts += 1
    pause = min(max(pause + pause, terms.firstPause), terms.longestPause)
    notBefore = now + pause
    for place in letters.indices where letters[place].outcome == nil && now - letters[place].since >= terms.patience {
      letters[place].outcome = .givenUp(reason)
    }
  }

  /// Those at the front that are settled and have to be written down.
  var settled: [Letter] { Array(letters.prefix { $0.outcome != nil }) }

  /// They are in the journal.
  mutating func remove(_ count: Int) { letters.removeFirst(count) }

  /// They could not be written: that is tried again, and nothing is sent before.
  mutating func wait(until instant: Timestamp) { notBefore = instant }
}
