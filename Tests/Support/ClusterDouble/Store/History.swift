/// The last changes of one kind, oldest first, at most so many.
struct History: Sendable {
  private var changes: [Change] = []
  private var start = 0
  /// Changes up to this version are forgotten.
  private(set) var forgotten = 0

  mutating func append(_ change: Change, window: Int) {
    changes.append(change)
    while changes.count - start > window {
      forgotten = changes[start].version
      start += 1
    }
    if start > 1024, start > changes.count / 2 {
      changes.removeFirst(start)
      start = 0
    }
  }

  /// The changes after a version, as a slice without copying.
  func after(_ version: Int) -> ArraySlice<Change> {
    var low = start
    var high = changes.count
    while low < high {
      let middle = (low + high) / 2
      if changes[middle].version <= version { low = middle + 1 } else { high = middle }
    }
    return changes[low...]
  }

  /// Forgets everything up to a version, as an API server does whose history was compacted.
  mutating func forget(upTo version: Int) {
    let kept = after(version)
    start = kept.startIndex
    forgotten = max(forgotten, version)
  }
}
