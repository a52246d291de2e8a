import ArgumentParser
import Foundation
import SlipwayModel
import SlipwayNotify
import SlipwayPorts

struct NotifyTestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Send a test notice to the channels of an environment.",
    discussion: """
      Sends it once, from this process: variables and files under `notify` are read here, while rollouts have those of `slipway serve`. \
      Nothing stands in the journal. Exit status 1 when a channel did not take it.

        slipway notify test --environment production
      """)

  @OptionGroup var place: PlaceOptions
  @OptionGroup var output: OutputOptions

  @Option(help: "The environment; may be left out when there is only one.")
  var environment: Name?

  private struct Document: Encodable {
    let delivered: Bool
    let channels: [Result]
  }

  private struct Result: Encodable {
    let channel: Name
    let delivered: Bool
    let reason: String?
  }

  func run() async throws {
    let file = try ProjectFile(place)
    let environment = try file.environment(environment)
    guard let channels = environment.notify else {
      throw SlipwayError(
        .nobodyToTell, .input, "environment '\(environment.name)' names nobody to tell",
        remedy: "add for example `notify: [{ webhook_env: CHAT_WEBHOOK, format: slack }]`")
    }
    let webhooks = Webhooks(values: NoValues())
    var results: [Result] = []
    for channel in channels { results.append(await tell(channel, of: environment, in: file.folder, webhooks)) }
    await webhooks.close()
    let isDelivered = results.allSatisfy(\.delivered)
    if output.isJSON {
      try Output.json(Document(delivered: isDelivered, channels: results))
    } else {
      for result in results { Output.line("\(result.channel): \(result.reason ?? "delivered")") }
    }
    if !isDelivered { throw ExitCode(ExitStatus.failed) }
  }

  private func tell(_ channel: NotificationChannel, of environment: EnvironmentSpec, in folder: String, _ webhooks: Webhooks) async
    -> Result
  {
    do {
      switch try await webhooks.tell(Self.notice(environment), to: channel, in: folder) {
      case .taken: return Result(channel: channel.name, delivered: true, reason: nil)
      case .refused(let reason): return Result(channel: channel.name, delivered: false, reason: reason)
      }
    } catch {
      return Result(channel: channel.name, delivered: false, reason: (error as? SlipwayError)?.message ?? "\(type(of: error))")
    }
  }

  private static func notice(_ environment: EnvironmentSpec) -> Notice {
    Notice(
      event: .test, rollout: "test", service: environment.services.first?.name ?? environment.name, environment: environment.name,
      version: version, previousVersion: nil, phase: "test", sentence: "a test of this channel; no rollout is meant",
      reason: nil, candidateWeight: .zero, liveWeight: .zero, planDigest: Digest(hashing: "test".utf8), journalIndex: 0,
      at: Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)))
  }

  // Letters are a version.
  private static let version = Version("test")!

  /// What the file states is at hand.
  private struct NoValues: ValueStore {
    private static let nothing = SlipwayError(.valuesMissing, .broken, "no values are kept here", remedy: "state the URL in the file")

    func seal(_ values: [String: String]) async throws -> ValueSet { throw Self.nothing }
    func keep(_ values: [String: String]) async throws -> ValueSet { throw Self.nothing }
    func values(of set: ValueSet) async throws -> [String: String] { throw Self.nothing }
  }
}

extension SlipwayError.Code {
  static let nobodyToTell = SlipwayError.Code("nobody-to-tell")
}
