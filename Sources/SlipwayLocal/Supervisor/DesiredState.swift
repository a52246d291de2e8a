import SlipwayModel

/// What ought to run for one service in one environment, and the newest writer seen. Where its traffic goes is kept by the
/// proxy in a file of its own.
struct DesiredState: Hashable, Sendable, Codable {
  static let currentVersion = 1

  var version = currentVersion
  let key: DeploymentKey
  /// The newest epoch that a call carried; older ones are refused.
  var epoch: Int64
  var blue: Workload?
  var green: Workload?

  init(key: DeploymentKey, epoch: Int64 = 0, blue: Workload? = nil, green: Workload? = nil) {
    self.key = key
    self.epoch = epoch
    self.blue = blue
    self.green = green
  }

  subscript(slot: Slot) -> Workload? {
    get {
      switch slot {
      case .blue: blue
      case .green: green
      }
    }
    set {
      switch slot {
      case .blue: blue = newValue
      case .green: green = newValue
      }
    }
  }
}

/// One file for each service and environment, so that a broken one does not keep the others from running.
struct DesiredStore: Sendable {
  let folder: String

  /// Everything that can be read, and an error for each file that can't.
  func load() throws -> (states: [DesiredState], problems: [SlipwayError]) {
    var states: [DesiredState] = []
    var problems: [SlipwayError] = []
    for name in try Files.names(in: folder) where name.hasSuffix(".json") {
      do {
        guard let bytes = try Files.read(folder + "/" + name) else { continue }
        let state = try JSON.decode(DesiredState.self, from: bytes)
        let isWhole = [state.blue, state.green].allSatisfy { $0.map { $0.service.variables.values != nil } ?? true }
        guard state.version == DesiredState.currentVersion, path(of: state.key) == folder + "/" + name, isWhole else {
          throw SlipwayError(
            .stateBroken, .broken, "\(folder)/\(name) is of another version of slipway or was renamed",
            remedy: "restore the file, or remove it and deploy that service again")
        }
        states.append(state)
      } catch let error as SlipwayError {
        problems.append(error)
      } catch {
        problems.append(
          SlipwayError(
            .stateBroken, .broken, "\(folder)/\(name) can't be read; that service is left alone, the others run",
            remedy: "restore the file, or remove it and deploy that service again", cause: error))
      }
    }
    return (states, problems)
  }

  func save(_ state: DesiredState) throws {
    do { try Files.write(try JSON.encode(state, carriesValues: true), to: path(of: state.key)) } catch {
      throw SlipwayError.storage(error, doing: "saving what ought to run for \(state.key)")
    }
  }

  /// Names hold no dot and no `@`.
  private func path(of key: DeploymentKey) -> String {
    "\(folder)/\(key.service)@\(key.environment).json"
  }
}
