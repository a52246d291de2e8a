import SlipwayLedger
import SlipwayModel

/// The log's signing key in the state folder: made once, when the journal is.
enum JournalKey {
  /// Reads the key, or makes one when neither key nor journal exist yet.
  ///
  /// - Parameters:
  ///   - origin: the log's name as the database knows it; `nil` for a database without one.
  ///   - identifier: what a new log is called after `slipway.local/`.
  /// - Throws: `journal-broken` when the key of an existing journal is missing, unreadable or another log's.
  static func load(_ files: StateFiles, origin: String?, identifier: @autoclosure () -> String) throws -> NoteSigner {
    guard let bytes = try DurableFile.read(files.privateKey) else {
      guard origin == nil else { throw SlipwayError.journalBroken("the journal's signing key \(files.privateKey) is missing") }
      return try make(files, name: "slipway.local/" + identifier())
    }
    let signer: NoteSigner
    do {
      signer = try NoteSigner(String(decoding: bytes.filter { $0 != 0x0A }, as: UTF8.self))
    } catch { throw SlipwayError.journalBroken("\(files.privateKey) holds no signing key", cause: error) }
    guard origin == nil || origin == signer.name else {
      throw SlipwayError.journalBroken("\(files.privateKey) is the key of \(signer.name), but the journal is that of \(origin ?? "")")
    }
    let publicText = Array("\(signer.verifier.text)\n".utf8)
    if try DurableFile.read(files.publicKey) != publicText {
      try DurableFile.replace(files.publicKey, with: publicText, mode: 0o644)
    }
    return signer
  }

  private static func make(_ files: StateFiles, name: String) throws -> NoteSigner {
    var random = SystemRandomNumberGenerator()
    let seed = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
    let signer = try NoteSigner(name: name, seed: seed)
    try DurableFile.replace(files.privateKey, with: Array("\(signer.secretText)\n".utf8), mode: 0o600)
    try DurableFile.replace(files.publicKey, with: Array("\(signer.verifier.text)\n".utf8), mode: 0o644)
    return signer
  }

  /// Sixteen hexadecimal digits at random.
  static func randomIdentifier() -> String {
    let digits = String(UInt64.random(in: 0...UInt64.max), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
