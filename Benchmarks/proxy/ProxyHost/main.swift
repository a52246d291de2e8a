// Starts the embedded proxy for a benchmark: `proxy-host LISTEN-PORT UPSTREAM-PORT [LOOPS]`. Everything that a rollout uses is on:
// two slots with a share each, sticky clients, a header rule, health probes and the figures per second. Ends with SIGTERM.
import Logging
import NIOPosix
import SlipwayModel
import SlipwayProxy

let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
guard arguments.count >= 2, let service = Name("bench"), let environment = Name("local"), let share = Percentage(percent: 10) else {
  fatalError("usage: proxy-host LISTEN-PORT UPSTREAM-PORT [LOOPS]")
}
let group = MultiThreadedEventLoopGroup(numberOfThreads: arguments.count > 2 ? arguments[2] : 2)
let key = DeploymentKey(service: service, environment: environment)
let upstream = Endpoint(id: "1", port: arguments[1])
let slot = SlotConfiguration(endpoints: [upstream], probe: HealthProbe(path: "/"))
let rule = RoutingRule(source: .header, name: "X-Tester", value: "yes", slot: .green)
let proxy = ProxyServer(logger: Logger(label: "proxy"), group: group)
try await proxy.start()
try await proxy.update(
  route: RouteConfiguration(
    key: key, listen: ListenAddress(host: "127.0.0.1", port: arguments[0]), sticky: true,
    split: .share(share, to: .green, rules: [rule]), blue: slot, green: slot))
print("listening at", await proxy.status(key)?.listen.description ?? "nowhere")
try await Task.sleep(for: .seconds(86_400))
