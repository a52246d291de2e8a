import Foundation
import NIOCore
import NIOPosix
import SlipwayLocal
import SlipwayModel
import SlipwayServer
import SlipwayStore

/// The checks of `slipway doctor`. Each looks at one thing and says what to do about it.
struct Examination: Sendable {
  let place: PlaceOptions

  func checks() async throws -> [Check] {
    let (configuration, file) = configuration()
    let agent = await agent()
    var checks = [configuration, stateFolder(), space(), agent.check, await server()]
    checks += await ports(file?.project, served: agent.served)
    checks += (file?.missingArtifacts ?? []).map { Check("artifact", .warning, $0.sentence, remedy: ArtifactCheck.remedy) }
    if let file { checks += await SourceProbe(folder: file.folder).checks(file.project) }
    return checks + [await journal()]
  }

  private func configuration() -> (Check, ProjectFile?) {
    do {
      let file = try ProjectFile(place)
      return (Check("configuration", .ok, "\(place.file) is valid"), file)
    } catch {
      guard let failure = error as? CommandFailure else {
        let known = error as? SlipwayError
        return (Check("configuration", .failed, known?.message ?? "\(error)", remedy: known?.remedy ?? ""), nil)
      }
      let places = failure.mistakes.map { "\n                 \($0.file):\($0.line):\($0.column): \($0.message)" }.joined()
      return (
        Check("configuration", .failed, failure.error.message + places, remedy: "`slipway validate` shows each place and its remedy"), nil
      )
    }
  }

  /// The state folder, or the nearest folder above it that is there: where it would be made.
  private var nearestFolder: String {
    var folder = place.stateFolder
    while !FileManager.default.fileExists(atPath: folder), folder != "/" { folder = (folder as NSString).deletingLastPathComponent }
    return folder
  }

  private func stateFolder() -> Check {
    let folder = place.stateFolder
    guard FileManager.default.isWritableFile(atPath: nearestFolder) else {
      return Check(
        "state folder", .failed, "\(folder) can't be written", remedy: "make it writable for this user, or choose another with --state")
    }
    return Check("state folder", .ok, nearestFolder == folder ? "\(folder) is writable" : "\(folder) will be made")
  }

  private func space() -> Check {
    let attributes: [FileAttributeKey: Any]
    do {
      attributes = try FileManager.default.attributesOfFileSystem(forPath: nearestFolder)
    } catch { return Check("disk space", .warning, "can't be told: \(error)", remedy: "look at `df`") }
    let free = (attributes[.systemFreeSize] as? NSNumber)?.int64Value ?? 0
    let text = "\(Figures.fixed(Double(free) / 1_073_741_824, 1)) GiB free at \(nearestFolder)"
    if free < 100 << 20 { return Check("disk space", .failed, text, remedy: "free space: the journal stops when the disk is full") }
    if free < 1 << 30 { return Check("disk space", .warning, text, remedy: "free space: releases and logs need some") }
    return Check("disk space", .ok, text)
  }

  /// The agent, and the addresses at which it serves.
  private func agent() async -> (check: Check, served: Set<ListenAddress>) {
    do {
      guard let status = try await Backstage(stateFolder: place.stateFolder).agentStatus() else {
        return (try missingAgent(), [])
      }
      let reports = try await AgentClient(socketPath: SocketPath.agent(stateFolder: place.stateFolder)).workloads()
      let problems = status.problems.map(\.message).joined(separator: "; ")
      let text = "runs as process \(status.pid) with \(status.processes) processes"
      let check =
        problems.isEmpty
        ? Check("agent", .ok, text) : Check("agent", .failed, "\(text), but: \(problems)", remedy: status.problems[0].remedy)
      return (check, Set(reports.compactMap(\.listen)))
    } catch {
      return (Check("agent", .failed, "\(error)", remedy: "look at logs/agent.log of the state folder"), [])
    }
  }

  private func missingAgent() throws -> Check {
    guard FileManager.default.fileExists(atPath: place.stateFolder) else {
      return Check("agent", .ok, "does not run; `slipway deploy` starts it")
    }
    if case .running(let pid) = try AgentPresence.look(stateFolder: place.stateFolder) {
      return Check(
        "agent", .failed, "process \(pid) does not answer",
        remedy: "was it stopped (`kill -CONT \(pid)` lets it go on), or is the machine overloaded? `kill -9 \(pid)` ends it, and its "
          + "processes run on until the next agent takes them over")
    }
    let unserved = try AgentPresence.desired(stateFolder: place.stateFolder).map(\.description).joined(separator: ", ")
    let words =
      switch try AgentPresence.look(stateFolder: place.stateFolder) {
      case .running(let pid): "process \(pid) does not answer"
      case .stopped: "does not run"
      case .lost(let pid): "process \(pid) is gone without having been asked to end"
      }
    if unserved.isEmpty { return Check("agent", .ok, "\(words); `slipway deploy` starts it") }
    return Check("agent", .failed, "\(words), so nothing serves \(unserved)", remedy: "`slipway agent --detach` starts it")
  }

  private func server() async -> Check {
    do {
      guard let health = try await Backstage(stateFolder: place.stateFolder).serverHealth() else {
        return try silentServer() ?? Check("server", .ok, "does not run; `slipway deploy` starts it")
      }
      return Check("server", .ok, "runs as process \(health.processID), version \(health.version)")
    } catch { return Check("server", .failed, "\(error)", remedy: "look at logs/serve.log of the state folder") }
  }

  /// A server that is there, listens, and does not get round to answering.
  private func silentServer() throws -> Check? {
    guard let process = try Backstage(stateFolder: place.stateFolder).serverProcess() else { return nil }
    return Check("server", .failed, "process \(process) does not answer", remedy: Backstage.silent(process).remedy)
  }

  private func ports(_ project: Project?, served: Set<ListenAddress>) async -> [Check] {
    let addresses = (project?.environments ?? []).filter { $0.target == .local }.flatMap { $0.listen.values }
    var checks: [Check] = []
    for address in Set(addresses).sorted(by: { "\($0)" < "\($1)" }) where address.port != 0 {
      if served.contains(address) || isHeldByAgent(address.port) {
        checks.append(Check("port", .ok, "\(address) is served by the agent"))
      } else if let problem = await PortProbe.problem(with: address) {
        checks.append(
          Check("port", .failed, "\(address) can't be used: \(problem)", remedy: "stop what listens there (`ss -ltnp`), or change `listen`")
        )
      } else {
        checks.append(Check("port", .ok, "\(address) is free"))
      }
    }
    return checks
  }

  /// The agent also holds ports at which it has nothing to serve at present, and it may be too busy, or frozen, to say so.
  private func isHeldByAgent(_ port: Int) -> Bool {
    guard FileManager.default.fileExists(atPath: place.stateFolder) else { return false }
    do {
      guard case .running(let pid) = try AgentPresence.look(stateFolder: place.stateFolder) else { return false }
      return PortHolder.isListening(process: pid, at: port)
    } catch { return false }
  }

  private func journal() async -> Check {
    guard FileManager.default.fileExists(atPath: place.stateFolder + "/journal.db") else {
      return Check("journal", .ok, "there is none yet")
    }
    do {
      let report = try await JournalVerifier(folder: place.stateFolder).verify()
      if let problem = report.problems.first {
        return Check("journal", .failed, "\(problem)", remedy: "`slipway audit verify` names every place; restore the folder from a backup")
      }
      return Check("journal", .ok, "\(report.entries) entries, as they were written")
    } catch {
      return Check("journal", .failed, "\(error)", remedy: "`slipway audit verify` tells more")
    }
  }
}

/// Whether an address could be listened at.
enum PortProbe {
  /// Why not; `nil` when it could.
  static func problem(with address: ListenAddress) async -> String? {
    do {
      let bootstrap = ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup).serverChannelOption(
        .socketOption(.so_reuseaddr), value: 1)
      try await bootstrap.bind(host: address.host, port: address.port).get().close()
      return nil
    } catch { return (error as? IOError).map { String(cString: strerror($0.errnoCode)).lowercased() } ?? "\(error)" }
  }
}
