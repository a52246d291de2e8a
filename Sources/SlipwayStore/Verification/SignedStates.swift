import Dispatch
import SlipwayLedger

/// The checkpoints of the database and of `checkpoints.log`, compared with each other and with the key.
struct SignedStates {
  /// Those that the key has signed, in order of size.
  private(set) var checkpoints: [Checkpoint] = []
  private(set) var problems = ProblemList()
  /// The largest size that any checkpoint names, whether it is good or not.
  private(set) var largestSize: Int64 = 0

  /// - Parameters:
  ///   - logged: the notes of `checkpoints.log`, read before the database's: they may lag behind, not run ahead.
  ///   - loggedLater: reads them once more, after the database's: then they may run ahead, not lag behind.
  ///   - key: the log's key; without one nothing counts as signed.
  init(logged: [[UInt8]], loggedLater: () throws -> [[UInt8]], reader: SQLiteReader, key: NoteVerifier?) throws {
    var stored: [(size: Int64, note: [UInt8])] = []
    var entries: Int64 = 0
    do throws(SQLiteFault) {
      let count = try reader.statement("SELECT COALESCE(MAX(idx) + 1, 0) FROM entries")
      if try count.step() { entries = count.integer(0) }
      let rows = try reader.statement("SELECT size, note FROM checkpoints ORDER BY size")
      while try rows.step() { stored.append((rows.integer(0), Array(rows.bytes(1)))) }
    } catch { problems.add(.databaseDamaged, "the checkpoints cannot be read: \(error)") }
    compare(stored, logged, try loggedLater(), entries: entries)
    guard let key else { return }
    let places = logged.map { ($0, "checkpoints.log") } + stored.map { ($0.note, "journal.db") }
    var seen: Set<[UInt8]> = []
    let distinct = places.filter { seen.insert($0.0).inserted }
    for (result, place) in zip(Self.verify(distinct.map(\.0), key), distinct) {
      switch result {
      case .success(let checkpoint):
        checkpoints.append(checkpoint)
        largestSize = max(largestSize, checkpoint.size)
      case .failure(let error):
        problems.add(.checkpointInvalid, "a checkpoint in \(place.1) \(Self.size(place.0)) is not valid: \(error)")
      }
    }
    checkpoints.sort { $0.size < $1.size }
  }

  /// Every signature is checked, on all processors.
  private static func verify(_ notes: [[UInt8]], _ key: NoteVerifier) -> [Result<Checkpoint, NoteError>] {
    [Result<Checkpoint, NoteError>](unsafeUninitializedCapacity: notes.count) { output, count in
      // Each place is written by one iteration only, and all are done when `concurrentPerform` returns.
      nonisolated(unsafe) let output = output
      DispatchQueue.concurrentPerform(iterations: notes.count) { place in
        let result: Result<Checkpoint, NoteError>
        do throws(NoteError) {
          result = .success(try SignedCheckpoint(parsing: notes[place], verifiers: [key]).checkpoint)
        } catch { result = .failure(error) }
        // There is a place, so the capacity is not zero and there is a base address.
        (output.baseAddress! + place).initialize(to: result)
      }
      count = notes.count
    }
  }

  private mutating func compare(_ stored: [(size: Int64, note: [UInt8])], _ logged: [[UInt8]], _ loggedLater: [[UInt8]], entries: Int64) {
    var bySize: [Int64: [UInt8]] = [:]
    for (size, note) in stored {
      bySize[size] = note
      if Self.parsedSize(note) != size { problems.add(.checkpointInvalid, "the row of checkpoint \(size) holds one \(Self.size(note))") }
    }
    var previous: Int64 = -1
    for note in logged {
      guard let size = Self.parsedSize(note) else { continue }
      if size <= previous { problems.add(.checkpointInvalid, "in checkpoints.log size \(size) follows size \(previous)") }
      if bySize[size] != note {
        let what = bySize[size] == nil ? "is missing in journal.db" : "is another one in journal.db"
        problems.add(.checkpointsDiffer, "the checkpoint of size \(size) in checkpoints.log \(what)")
      }
      previous = max(previous, size)
    }
    // A crash right after a commit can keep the newest out of the log; the next commit, or the next start, brings it in. So
    // only the newest may be missing, and only while no entry has come after it.
    let newest = stored.last?.size
    let sizes = Set(loggedLater.compactMap(Self.parsedSize))
    for size in bySize.keys.sorted() where !sizes.contains(size) && (size != newest || size < entries) {
      problems.add(.checkpointsDiffer, "the checkpoint of size \(size) in journal.db is missing in checkpoints.log")
    }
  }

  private static func parsedSize(_ note: [UInt8]) -> Int64? {
    guard let note = try? SignedNote(parsing: note) else { return nil }
    return (try? Checkpoint(parsing: note.text))?.size
  }

  private static func size(_ note: [UInt8]) -> String {
    parsedSize(note).map { "of size \($0)" } ?? "without a readable size"
  }
}
