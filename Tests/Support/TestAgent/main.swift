import Foundation
import Logging
import SlipwayLocal

// Usage: TestAgent agent --state FOLDER. SIGTERM stops everything, as `slipway agent` does.
let arguments = CommandLine.arguments
guard let flag = arguments.firstIndex(of: "--state"), arguments.indices.contains(flag + 1) else {
  print("usage: TestAgent agent --state FOLDER")
  exit(2)
}
LoggingSystem.bootstrap(StreamLogHandler.standardOutput)
let agent = Agent(stateFolder: arguments[flag + 1], logger: Logger(label: "agent"))
signal(SIGTERM, SIG_IGN)
let source = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
source.setEventHandler { agent.stop(.down) }
source.resume()
do {
  try await agent.run { status in print("ready as process \(status.pid)") }
} catch {
  print("failed: \(error)")
  exit(4)
}
withExtendedLifetime(source) {}
