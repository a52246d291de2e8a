import Foundation
import SlipwayModel
import SlipwayPorts
import SlipwayStore
import Testing

@Suite("The values of variables in the state folder")
struct ValueFolderTests {
  private let values = ["API_KEY": "s3cr3t-value", "MODEL": "tiny"]

  private func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test("What was kept is there after a restart, under the same name, for its owner only")
  func keeping() async throws {
    try await withFolder { folder in
      let set = try await ValueFolder.open(folder: folder).keep(values)
      let again = try await ValueFolder.open(folder: folder)
      #expect(try await again.values(of: set) == values)
      #expect(try await again.keep(values) == set)
      #expect(again.seal(values) == set)
      #expect(try ValueFolder.seal(in: folder)?.seal(values) == set)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/values") == ["\(set.id).json"])
      #expect(try mode(folder + "/values/\(set.id).json") == 0o600 && mode(folder + "/values.key") == 0o600)
      #expect(try mode(folder + "/values") == 0o700)
    }
  }

  @Test("Sealing writes nothing, and two installations have different keys")
  func sealing() async throws {
    try await withFolder { folder in
      let first = try await ValueFolder.open(folder: folder + "/a")
      let second = try await ValueFolder.open(folder: folder + "/b")
      #expect(first.seal(values) != second.seal(values))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/a/values") == [])
      #expect(try ValueFolder.seal(in: folder + "/none") == nil)
    }
  }

  @Test("A set that is not there is an error with its path, never an empty environment")
  func missing() async throws {
    try await withFolder { folder in
      let store = try await ValueFolder.open(folder: folder)
      let set = try await store.keep(values)
      try FileManager.default.removeItem(atPath: folder + "/values/\(set.id).json")
      let error = try #require(await failure { _ = try await store.values(of: set) })
      #expect(error.code == .valuesMissing && error.message.contains("\(set.id)") && !"\(error)".contains("s3cr3t-value"))
    }
  }

  @Test("A set that was changed is refused, and keeping the values again mends it")
  func changed() async throws {
    try await withFolder { folder in
      let store = try await ValueFolder.open(folder: folder)
      let set = try await store.keep(values)
      let path = folder + "/values/\(set.id).json"
      for text in [#"{"format":"slipway.value-set.v1","values":{"API_KEY":"other","MODEL":"tiny"}}"#, "", "{}"] {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        #expect(await failure { _ = try await store.values(of: set) }?.code == .valuesBroken)
        #expect(try await store.keep(values) == set)
        #expect(try await store.values(of: set) == values)
      }
    }
  }

  @Test("A lost or damaged key is said at the start, since with another key nothing could be compared or read")
  func lostKey() async throws {
    try await withFolder { folder in
      _ = try await ValueFolder.open(folder: folder).keep(values)
      let key = try String(contentsOfFile: folder + "/values.key", encoding: .utf8)
      try FileManager.default.removeItem(atPath: folder + "/values.key")
      #expect(await failure { _ = try await ValueFolder.open(folder: folder) }?.code == .valuesBroken)
      for text in ["", "xyz", key + key] {
        try text.write(toFile: folder + "/values.key", atomically: false, encoding: .utf8)
        #expect(await failure { _ = try await ValueFolder.open(folder: folder) }?.code == .valuesBroken)
      }
    }
  }

  @Test("Many who keep the same values at once all get the set")
  func atOnce() async throws {
    try await withFolder { folder in
      let store = try await ValueFolder.open(folder: folder)
      let values = values
      try await withThrowingTaskGroup(of: ValueSet.self) { group in
        for _ in 0..<20 { group.addTask { try await store.keep(values) } }
        for try await set in group { #expect(try await store.values(of: set) == values) }
      }
    }
  }

  private func failure(_ work: () async throws -> Void) async -> SlipwayError? {
    do { try await work() } catch { return error as? SlipwayError }
    return nil
  }
}
