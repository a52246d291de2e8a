import Foundation
import SlipwayLocal
import SlipwayModel

/// The log of one replica.
struct ReplicaLog: Hashable, Sendable {
  let key: DeploymentKey
  let slot: Slot
  let replica: Int
  /// Whether the replica is there; of one that is gone the file is left.
  let isRunning: Bool
}

/// The logs that replicas have left in a state folder, by the names of their files.
struct LogFiles: Sendable {
  let stateFolder: String

  var folder: String { stateFolder + "/logs" }

  func path(of log: ReplicaLog) -> String {
    "\(folder)/\(log.key.service)@\(log.key.environment)-\(log.slot.rawValue)-\(log.replica).log"
  }

  /// All of them, that with the newest lines last.
  var all: [ReplicaLog] {
    let manager = FileManager.default
    let names: [String]
    // A folder that is not there has no logs.
    do { names = try manager.contentsOfDirectory(atPath: folder) } catch { return [] }
    func changed(_ name: String) -> Date {
      let found: Date?
      // One that was taken away meanwhile counts as old.
      do { found = try manager.attributesOfItem(atPath: folder + "/" + name)[.modificationDate] as? Date } catch { return .distantPast }
      return found ?? .distantPast
    }
    return names.compactMap { name in Self.log(named: name).map { (log: $0, at: changed(name)) } }.sorted { $0.at < $1.at }.map(\.log)
  }

  /// Whose log a file is, by its name; `nil` for one that is no replica's.
  static func log(named name: String) -> ReplicaLog? {
    guard name.hasSuffix(".log") else { return nil }
    let halves = name.dropLast(4).split(separator: "@", omittingEmptySubsequences: false)
    let words = (halves.last ?? "").split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard halves.count == 2, words.count >= 3, let replica = Int(words[words.count - 1]), let slot = Slot(rawValue: words[words.count - 2]),
      let service = Name(String(halves[0])), let environment = Name(words.dropLast(2).joined(separator: "-"))
    else { return nil }
    return ReplicaLog(key: DeploymentKey(service: service, environment: environment), slot: slot, replica: replica, isRunning: false)
  }

  /// Where the logs are is worth knowing when the agent that reads them does not answer.
  func namingFolder<Value>(_ ask: () async throws -> Value) async throws -> Value {
    do { return try await ask() } catch let error as SlipwayError where error.code.rawValue == "agent-unreachable" {
      throw SlipwayError(
        error.code, error.kind, error.message, remedy: "start it with `slipway agent --detach`; the logs themselves are in \(folder)")
    }
  }
}
