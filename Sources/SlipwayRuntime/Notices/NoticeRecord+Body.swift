import FoundationEssentials
import SlipwayEngine
import SlipwayModel

extension NoticeRecord {
  private static let decoder = JSONDecoder()

  init(body: [UInt8], kind: String) throws {
    do { self = try Self.decoder.decode(NoticeRecord.self, from: Data(body)) } catch {
      throw SlipwayError(
        .journalUnreadable, .broken, "an entry of kind '\(kind)' can't be read",
        remedy: "use the version of Slipway that wrote the journal, and run `slipway audit verify`", cause: error)
    }
  }
}
