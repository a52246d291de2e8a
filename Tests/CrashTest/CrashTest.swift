import ArgumentParser
import Foundation

/// Deploys release after release under load while the server is killed, frozen, starved or lied to at random moments, and
/// checks after each blow that nothing was lost. Real programs, real processes, real requests.
@main
struct CrashTest: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crash-test", abstract: "Deploy under load while the server is hit at random moments.",
    discussion: """
      The programs `slipway` and `answer-service` are looked for beside this one. With the same seed the same releases and blows come in \
      the same order; when exactly a blow falls depends on the machine.

        crash-test --trouble kill --blows 200
        crash-test --trouble disk --blows 10 --seed 7
      """)

  @Option(help: "What happens to the server: \(TroubleKind.allCases.map(\.rawValue).joined(separator: ", ")).")
  var trouble: TroubleKind = .kill

  @Option(help: "How many blows there are in all.")
  var blows = 200

  @Option(help: "Decides which releases come and how long it is quiet between blows.")
  var seed: UInt64 = 1

  @Option(help: "Requests per second all the while.")
  var rate = 80.0

  @Option(help: "Give up after so many seconds.")
  var limit = 1800

  func run() async throws {
    let campaign = try Campaign(kind: trouble, blows: blows, generator: SeededGenerator(seed: seed), rate: rate, limit: limit)
    let report = try await campaign.run()
    print(report.summary(trouble: trouble, seed: seed))
    if !report.problems.isEmpty { throw ExitCode(1) }
  }
}

extension TroubleKind: ExpressibleByArgument {}
