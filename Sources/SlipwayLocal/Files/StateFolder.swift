import Glibc
import SlipwayModel

/// Where the agent keeps what has to outlive it. `docs/local-target.md` shows the layout.
package struct StateFolder: Hashable, Sendable {
  /// Absolute, links resolved.
  package let path: String

  /// Makes the folder (mode 0700) and those in it that are missing.
  ///
  /// - Throws: `SlipwayError`: `state-not-writable`, `disk-full`, `state-broken`.
  package init(_ path: String) throws {
    do {
      let absolute = try Self.absolute(path)
      try Files.makeFolder(absolute)
      self.path = Files.resolved(absolute) ?? absolute
      for folder in [releases, logs, agent, desired, scratch] { try Files.makeFolder(folder) }
      guard access(self.path, W_OK | X_OK) == 0 else { throw SystemCallError("access", self.path) }
    } catch let failure as SystemCallError where [ENOTDIR, ENOENT, EEXIST].contains(failure.number) {
      throw SlipwayError(
        .stateNotWritable, .broken, "the state folder \(path) can't be made: \(failure)",
        remedy: "choose another with --state, or move what is in its way", cause: failure)
    } catch {
      throw SlipwayError.storage(error, doing: "opening the state folder \(path)")
    }
  }

  static func absolute(_ path: String) throws -> String {
    if path.hasPrefix("/") { return path }
    guard let current = getcwd(nil, 0) else { throw SystemCallError("getcwd", ".") }
    defer { free(current) }
    return String(cString: current) + "/" + path
  }

  /// Immutable artifacts: `<service>/<version>/files`.
  package var releases: String { path + "/releases" }
  /// Output of replicas, builds and the agent itself.
  package var logs: String { path + "/logs" }
  /// What the agent remembers.
  package var agent: String { path + "/agent" }
  /// What ought to run and where traffic ought to go: one file for each service and environment.
  package var desired: String { agent + "/desired" }
  /// One folder for each replica, which it may write to.
  package var scratch: String { path + "/scratch" }
  /// Which processes the agent has started.
  package var processes: String { agent + "/processes.json" }
  /// Locked by the running agent, whose process id it holds.
  package var lock: String { agent + "/agent.lock" }
  /// Output of an agent that was started in the background.
  package var agentLog: String { logs + "/agent.log" }

  /// The log that a replica's standard output and error are appended to.
  package func log(of key: DeploymentKey, slot: Slot, replica: Int) -> String {
    // Names hold no `@`, so that no two services in two environments share a file.
    "\(logs)/\(key.service)@\(key.environment)-\(slot.rawValue)-\(replica).log"
  }

  /// What the names of a slot's scratch folders begin with; the replica's number follows.
  func scratch(of key: DeploymentKey, slot: Slot) -> String {
    "\(scratch)/\(key.service)@\(key.environment)-\(slot.rawValue)-"
  }

  /// Names this folder among others: the first 12 digits of the SHA-256 of its path.
  var tag: String { Self.tag(of: path) }

  static func tag(of path: String) -> String {
    Digest(hashing: path.utf8).short
  }
}
