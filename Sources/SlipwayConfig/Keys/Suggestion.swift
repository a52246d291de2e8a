/// Finds the word that was meant.
package enum Suggestion {
  /// The candidate nearest to the word, when it is near enough to have been meant: the same but for case, hyphens and
  /// underscores, at most a third of the letters away, or one the beginning of the other.
  package static func nearest(to word: String, in candidates: [String]) -> String? {
    guard word.utf8.count <= 64 else { return nil }
    let plain = folded(word)
    if let same = candidates.first(where: { folded($0) == plain }) { return same }
    var best: (candidate: String, distance: Int)?
    for candidate in candidates {
      let limit = max(1, max(plain.count, candidate.count) / 3)
      let distance = distance(from: plain, to: folded(candidate))
      if distance <= limit, distance < best?.distance ?? Int.max { best = (candidate, distance) }
    }
    if let best { return best.candidate }
    return candidates.first { candidate in
      let other = folded(candidate)
      return min(plain.count, other.count) >= 4 && (other.starts(with: plain) || plain.starts(with: other))
    }
  }

  private static func folded(_ word: String) -> [UInt8] {
    word.lowercased().utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }
  }

  /// Damerau-Levenshtein distance in its restricted form, optimal string alignment: insertions, deletions, substitutions
  /// and swaps of neighbours, no part edited twice.
  static func distance(from a: [UInt8], to b: [UInt8]) -> Int {
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var rows = [Array(0...b.count)]
    for i in 1...a.count {
      var row = [i]
      for j in 1...b.count {
        let cost = a[i - 1] == b[j - 1] ? 0 : 1
        var value = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + cost)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { value = min(value, rows[i - 2][j - 2] + 1) }
        row.append(value)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
