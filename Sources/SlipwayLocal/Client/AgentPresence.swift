import SlipwayModel

/// Whether a state folder's agent is there, and if not, whether anybody wanted that.
package enum AgentPresence: Hashable, Sendable {
  /// Its process exists; it may be just starting, frozen, or about to end.
  case running(pid: Int32)
  /// There was none yet, or the last one was asked to end (`slipway down`, SIGTERM, SIGINT).
  case stopped
  /// The last one went without having been asked: killed, crashed, or lost with the machine.
  case lost(pid: Int32)

  /// Looks at what the last agent wrote of itself and at the process table. Throws what opening the state folder throws.
  package static func look(stateFolder: String) throws -> AgentPresence {
    guard let holder = AgentLock.holder(try StateFolder(stateFolder)) else { return .stopped }
    guard let status = ProcessTable.status(of: holder.pid), !status.hasEnded, status.startTime == holder.startTime else {
      return .lost(pid: holder.pid)
    }
    return .running(pid: holder.pid)
  }

  /// Services of which replicas ought to run, by what the agent has written down. Throws what opening the state folder throws.
  package static func desired(stateFolder: String) throws -> [DeploymentKey] {
    let states = try DesiredStore(folder: try StateFolder(stateFolder).desired).load().states
    return states.filter { state in Slot.allCases.contains { (state[$0]?.replicas ?? 0) > 0 } }.map(\.key).sorted()
  }
}
