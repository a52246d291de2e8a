import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import SlipwayModel

/// One question whether a process is alive.
struct LivenessProbe: Sendable {
  let place: SlotID
  let replica: Int
  let instance: String
  let port: Int
  let path: String
  let timeout: TimeSpan
  /// Whether an answer other than 200...299 is a failure too. It is not when readiness is asked for at the same path: a
  /// process that says it is not ready is alive.
  let wantsSuccess: Bool

  private static let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .init(redirectConfiguration: .disallow))

  /// What failed, in words; `nil` when the process answered in time, and well if that is wanted.
  func failure() async -> String? {
    var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
    request.headers.add(name: "connection", value: "close")
    request.headers.add(name: "user-agent", value: "slipway-liveness")
    do {
      let response = try await Self.http.execute(request, timeout: .milliseconds(timeout.milliseconds))
      return !wantsSuccess || (200...299).contains(response.status.code) ? nil : "GET \(path) answered \(response.status.code)"
    } catch let error as HTTPClientError where [.deadlineExceeded, .readTimeout, .connectTimeout].contains(error) {
      return "GET \(path) did not answer within \(timeout)"
    } catch {
      // A connection that can't be opened or breaks is an answer too.
      return "GET \(path) was not answered: no connection to port \(port) could be opened or kept"
    }
  }
}

/// Processes that run and do not answer.
extension Supervisor {
  /// The probes that are to be made now. Each process is asked once an interval, from when it listens.
  func dueProbes(_ id: SlotID) -> [LivenessProbe] {
    guard let slot = slots[id], let health = slot.workload?.service.health, !isStopping else { return [] }
    var probes: [LivenessProbe] = []
    for (index, replica) in slot.replicas {
      guard let process = replica.process, process.boundAt != nil, process.exit == nil, let due = process.probeAt, due <= .now else {
        continue
      }
      slots[id]?.replicas[index]?.process?.probeAt = nil
      probes.append(
        LivenessProbe(
          place: id, replica: index, instance: process.record.instance, port: process.record.port, path: health.liveness,
          timeout: health.timeout, wantsSuccess: health.liveness != health.readiness))
    }
    return probes
  }

  /// Counts failures in a row; as many as the health settings allow, and the process is stopped and started again.
  func note(_ failure: String?, of probe: LivenessProbe) {
    guard !Task.isCancelled, let health = slots[probe.place]?.workload?.service.health,
      var process = slots[probe.place]?.replicas[probe.replica]?.process, process.record.instance == probe.instance
    else { return }
    process.silences = failure == nil ? 0 : process.silences + 1
    process.probeAt = .now + health.interval.duration
    slots[probe.place]?.replicas[probe.replica]?.process = process
    guard let failure, process.silences >= health.failures, process.look() == nil else { return }
    let status = "stopped, since \(probe.path) failed \(process.silences) times in a row (\(failure))"
    giveUp(process, probe.place, probe.replica, .unresponsive, status: status)
  }
}
