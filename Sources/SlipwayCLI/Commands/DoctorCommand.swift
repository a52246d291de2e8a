import ArgumentParser
import SlipwayModel

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Check that everything a deployment needs is there.",
    discussion: """
      Checks the file, the state folder, free space, the ports, agent and server, and the journal, and asks the sources under `metrics` \
      once. Changes nothing. Exit status 1 when a check failed.

        slipway doctor
      """)

  @OptionGroup var place: PlaceOptions
  @OptionGroup var output: OutputOptions

  private struct Document: Encodable {
    let healthy: Bool
    let checks: [Check]
  }

  func run() async throws {
    let checks = try await Examination(place: place).checks()
    let isHealthy = !checks.contains { $0.result == .failed }
    if output.isJSON {
      try Output.json(Document(healthy: isHealthy, checks: checks))
    } else {
      let style = Style(hasColour: Terminal.current().hasColour)
      for check in checks { check.lines(style).forEach(Output.line) }
    }
    if !isHealthy { throw ExitCode(ExitStatus.failed) }
  }
}
