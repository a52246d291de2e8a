import Foundation
import NIOPosix
import SlipwayConfig
import SlipwayEngine
import SlipwayLocal
import SlipwayModel
import SlipwayRuntime
import SlipwayServer
import Synchronization

/// The real server with its journal in a temporary folder, and the cluster that it deploys to.
final class Bench: Sendable {
  let settings: Settings
  let folder: URL
  private let processes = Mutex<[Process]>([])

  var state: String { folder.appending(path: "state").path }

  init(_ settings: Settings) throws {
    self.settings = settings
    folder = FileManager.default.temporaryDirectory.appending(path: "slipway-kubernetes-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  /// Ends everything that was started, and removes the folder.
  func end() {
    for process in processes.withLock({ $0 }) where process.isRunning { kill(process.processIdentifier, SIGKILL) }
    do { try FileManager.default.removeItem(at: folder) } catch { say("the folder \(folder.path) stays: \(error)") }
  }

  // MARK: Processes

  func startHost() async throws -> Host {
    let host = try await Host.start(settings)
    processes.withLock { $0.append(host.process) }
    let kubeconfig = """
      apiVersion: v1
      kind: Config
      current-context: double
      clusters: [{ name: double, cluster: { server: "http://127.0.0.1:\(host.cluster)" } }]
      users: [{ name: nobody, user: {} }]
      contexts: [{ name: double, context: { cluster: double, user: nobody } }]

      """
    try kubeconfig.write(to: folder.appending(path: "kubeconfig"), atomically: true, encoding: .utf8)
    return host
  }

  /// Starts the server.
  ///
  /// - Parameter rate: calls that it may make in a second; `nil` for what it does by itself.
  func startServer(rate: Int?) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: settings.slipway)
    process.arguments = ["serve", "--state", state]
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment
      .merging(rate.map { ["SLIPWAY_CLUSTER_CALLS": String($0)] } ?? [:]) { $1 }
    let log = folder.appending(path: "serve.log").path
    if !FileManager.default.fileExists(atPath: log) { _ = FileManager.default.createFile(atPath: log, contents: nil) }
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: log))
    try file.seekToEnd()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = file
    process.standardError = file
    try process.run()
    processes.withLock { $0.append(process) }
    return process
  }

  func endAbruptly(_ process: Process) async throws {
    kill(process.processIdentifier, SIGKILL)
    while process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
  }

  func serverLog(lines: Int) -> String {
    do {
      let text = try String(contentsOf: folder.appending(path: "serve.log"), encoding: .utf8)
      return text.split(separator: "\n").suffix(lines).joined(separator: "\n")
    } catch { return "" }
  }

  func withClient<Result: Sendable>(_ body: @Sendable (ServerClient) async throws -> Result) async throws -> Result {
    try await ServerClient.with(
      .socket(try SocketPath.serve(stateFolder: state)), eventLoopGroup: MultiThreadedEventLoopGroup.singleton, body)
  }

  // MARK: Requests

  func request(_ number: Int, _ version: String, _ host: Host) throws -> DeployRequest {
    let text = """
      project: bench
      services:
        s\(number):
          image: example.com/answers
          port: 8000
          health: { min_healthy_time: 200ms, startup_timeout: 2m }
          shutdown: { drain: 1s, grace: 1s }
      environments:
        production:
          target: kubernetes
          namespace: ns\(number % settings.namespaces)
          replicas: 2
          cluster: { kubeconfig: "\(folder.path)/kubeconfig", image_pinning: tag, router: nginx }
          metrics: { source: http, http: { url: "http://127.0.0.1:\(host.figures)/figures/{{service}}", interval: 10s } }
      strategy:
        canary: { keep_previous: 1s, stages: [{ traffic: 20%, duration: 24h, success_criteria: { error_rate: "<1%", p95: "<3s" } }] }

      """
    let file = ConfigurationFile(text: text, file: "slipway.yaml")
    guard let environment = file.project?.environments.first, let service = environment.services.first, let version = Version(version)
    else { throw BenchError("the configuration is refused: \(file.diagnostics)") }
    return DeployRequest(
      service: service.name, version: version, environment: environment, configuration: service.configurationDigest, folder: folder.path,
      reason: "benchmark", actor: Actor(.person, "bench"))
  }
}
