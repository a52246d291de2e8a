import Foundation
import SlipwayModel
import SlipwayPorts
import Synchronization

/// Values of variables in the state folder: one file for each set, `values/<id>.json`, and the key of their digests, `values.key`.
/// All are their owner's alone.
package final class ValueFolder: ValueStore {
  private let files: StateFiles
  private let sealer: ValueSeal
  /// Held while a file is written.
  private let turn = Mutex<Void>(())

  /// What a file holds.
  private struct Content: Codable {
    static let format = "slipway.value-set.v1"
    let format: String
    let values: [String: String]
  }

  /// Makes folder and key where they are missing. Only whoever holds the journal of the folder may call this.
  ///
  /// - Throws: `SlipwayError`: `values-broken` when there are sets and no key, `state-folder-unusable`, `journal-full`.
  package static func open(folder: String) async throws -> ValueFolder {
    try await offloaded { try ValueFolder(StateFiles(folder: folder)) }
  }

  /// The seal of a folder that has one, for a look without a server; `nil` where there is none yet.
  package static func seal(in folder: String) throws -> ValueSeal? {
    try readSeal(StateFiles(folder: folder))
  }

  private init(_ files: StateFiles) throws {
    self.files = files
    do {
      try DurableFile.makeFolder(files.values)
      if let seal = try Self.readSeal(files) {
        sealer = seal
      } else {
        let present = try FileManager.default.contentsOfDirectory(atPath: files.values)
        guard !present.contains(where: { $0.hasSuffix(".json") }) else {
          throw SlipwayError.valuesBroken("\(files.valueKey) is missing, and there are values that were sealed with it")
        }
        sealer = try Self.makeSeal(files)
      }
    } catch { throw SlipwayError(journal: error, folder: files.folder) }
  }

  package func seal(_ values: [String: String]) -> ValueSet { sealer.seal(values) }

  package func keep(_ values: [String: String]) async throws -> ValueSet {
    let set = sealer.seal(values)
    try await offloaded {
      do {
        try self.turn.withLock { _ in
          let path = self.files.values(of: set.id)
          if let present = try DurableFile.read(path), Self.values(in: present) == values { return }
          let encoder = JSONEncoder()
          encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
          let bytes = try encoder.encode(Content(format: Content.format, values: values))
          try DurableFile.replace(path, with: Array(bytes), mode: 0o600)
        }
      } catch { throw SlipwayError(journal: error, folder: self.files.folder) }
    }
    return set
  }

  package func values(of set: ValueSet) async throws -> [String: String] {
    try await offloaded {
      let path = self.files.values(of: set.id)
      do {
        guard let bytes = try DurableFile.read(path) else {
          throw SlipwayError(
            .valuesMissing, .broken, "the values of the variables \(set.digests.keys.sorted().joined(separator: ", ")) are not at \(path)",
            remedy: "restore that file from a backup, or deploy the version again under a new name with its configuration")
        }
        guard let values = Self.values(in: bytes), self.sealer.seal(values) == set else {
          throw SlipwayError.valuesBroken("\(path) does not hold the values that it was written with")
        }
        return values
      } catch { throw SlipwayError(journal: error, folder: self.files.folder) }
    }
  }

  private static func values(in bytes: [UInt8]) -> [String: String]? {
    // Whatever can't be read is not what was kept; what exactly is wrong with it helps nobody.
    guard let content = try? JSONDecoder().decode(Content.self, from: Data(bytes)), content.format == Content.format else { return nil }
    return content.values
  }

  private static func readSeal(_ files: StateFiles) throws -> ValueSeal? {
    guard let bytes = try DurableFile.read(files.valueKey) else { return nil }
    let digits = bytes.filter { $0 != 0x0A }.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count == 64, bytes.count <= 65 else {
      throw SlipwayError.valuesBroken("\(files.valueKey) does not hold a key of 64 hexadecimal digits")
    }
    return ValueSeal(key: stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
  }

  private static func makeSeal(_ files: StateFiles) throws -> ValueSeal {
    var random = SystemRandomNumberGenerator()
    let key = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
    let digits = Array("0123456789abcdef".utf8)
    let text = key.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    try DurableFile.replace(files.valueKey, with: text + [0x0A], mode: 0o600)
    return ValueSeal(key: key)
  }
}

extension SlipwayError {
  fileprivate static func valuesBroken(_ message: String) -> SlipwayError {
    SlipwayError(
      .valuesBroken, .broken, message, remedy: "restore `values` and `values.key` of the state folder from the same backup")
  }
}
