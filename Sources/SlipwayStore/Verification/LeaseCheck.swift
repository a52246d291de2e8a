import Foundation
import SlipwayLedger

/// Compares the leases, which decide who may write, with the last entry about each.
enum LeaseCheck {
  private struct Body: Decodable {
    let epoch: Int64
    let holder: String
    let reason: String
  }

  static func problems(_ reader: SQLiteReader) -> ProblemList {
    var list = ProblemList()
    do throws(SQLiteFault) {
      let streams = try reader.statement("SELECT DISTINCT stream FROM entries WHERE stream >= 'lease/' AND stream < 'lease0'")
      let lastEntry = try reader.statement("SELECT idx, bytes FROM entries WHERE stream = ? ORDER BY idx DESC LIMIT 1")
      let row = try reader.statement(
        "SELECT epoch, holder, released, reason, actor_name FROM leases WHERE 'lease/' || service || '/' || environment = ?")
      var names: [[UInt8]] = []
      while try streams.step() { names.append(Array(streams.bytes(0))) }
      for name in names {
        lastEntry.bind(.text(name))
        row.bind(.text(name))
        guard try lastEntry.step(), let envelope = try? EntryEnvelope(decoding: lastEntry.bytes(1)),
          let body = try? JSONDecoder().decode(Body.self, from: Data(envelope.body))
        else { continue }  // The entry's own check tells of it.
        let index = lastEntry.integer(0)
        let text = String(decoding: name, as: UTF8.self)
        guard try row.step() else {
          list.add(.leaseDiffers, entry: index, "the lease of \(text) is not in the table of leases")
          continue
        }
        let isReleased = envelope.kind == "lease_released"
        if row.integer(0) != body.epoch || row.text(1) != body.holder || (row.integer(2) != 0) != isReleased
          || row.text(3) != body.reason || row.text(4) != envelope.actorName
        {
          list.add(.leaseDiffers, entry: index, "the lease of \(text) is not as this entry, the last about it, says")
        }
      }
      let count = try reader.statement("SELECT count(*) FROM leases")
      if try count.step(), count.integer(0) > Int64(names.count) {
        list.add(.leaseDiffers, "the table of leases has leases that no entry tells of")
      }
    } catch { list.add(.databaseDamaged, "the leases cannot be read: \(error)") }
    return list
  }
}
