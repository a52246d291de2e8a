import ArgumentParser
import SlipwayModel

struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo", abstract: "Watch five releases of an example service go out, or not, under live traffic.",
    discussion: """
      Starts an agent and a server in a temporary folder, makes load, and deploys: a first release, one by blue-green, one by canary, \
      one that fails a fifth of its requests (rolled back) and one that never becomes ready (refused). Takes about a minute and \
      stops everything it started.

      Exit status: 0 everything went as expected and no request was lost, 1 not so.
      """)

  @OptionGroup var output: OutputOptions

  @Option(help: "Requests per second.")
  var rate = 120.0

  @Option(help: "Connections that make the requests.")
  var connections = 16

  @Option(help: ArgumentHelp("The example service's program. Default: answer-service beside this program.", valueName: "path"))
  var serviceProgram: String?

  @Flag(help: "Keep the temporary folder, with journal and logs.")
  var keep = false

  func validate() throws {
    guard (1...10_000).contains(rate), (1...1000).contains(connections) else {
      throw ValidationError("--rate takes 1 to 10000 and --connections 1 to 1000")
    }
  }

  func run() async throws {
    let program = try Backstage.executable()
    let beside = program.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/answer-service"
    let folder = try DemoFolder(service: serviceProgram.map { PlaceOptions.absolute($0) } ?? beside)
    let demo = DemoRun(folder: folder, rate: rate, connections: connections) { [output] line in
      if output.isJSON { Output.note(line) } else { Output.line(line) }
    }
    let result = await Result.catching { try await demo.run() }
    _ = try await Backstage(stateFolder: folder.state).stop()
    if keep { Output.note("kept: \(folder.path)") } else { try folder.remove() }
    let report = try result.get()
    if output.isJSON { try Output.json(report) } else { Output.line("\n" + report.lines.joined(separator: "\n")) }
    if !report.isAsExpected { throw ExitCode(ExitStatus.failed) }
  }
}

extension Result where Failure == any Error {
  fileprivate static func catching(_ body: () async throws -> Success) async -> Self {
    do { return .success(try await body()) } catch { return .failure(error) }
  }
}
