import ArgumentParser
import Foundation
import SlipwayConfig
import SlipwayKubernetes
import SlipwayModel
import SlipwayRuntime

struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Write a commented configuration file for this folder.",
    discussion: """
      Looks at what lies in the folder to fill in how the service is built and started. Never writes over a file unless told to.

      With --from-cluster it looks at a Deployment that runs in a cluster, with its Service, autoscaler, disruption budget and \
      ConfigMaps: it writes the configuration file, and next to it NAME-base.yaml with these objects, from which releases are made. \
      Nothing in the cluster is changed, and Secrets are not read.

        slipway init
        slipway init --file deploy/slipway.yaml
        slipway init --from-cluster deployment/api --namespace shop
      """)

  @Option(help: ArgumentHelp("The file to write.", valueName: "path"))
  var file = "slipway.yaml"

  @Flag(help: "Write over a file that is there.")
  var force = false

  @Flag(help: "Write it for a Deployment that runs in a cluster.")
  var fromCluster = false

  @Argument(help: ArgumentHelp("With --from-cluster: the Deployment, when the namespace has several.", valueName: "deployment"))
  var deployment: String?

  @Option(help: "With --from-cluster: the Deployment's namespace.")
  var namespace: Name?

  @Option(help: "With --from-cluster: the context of the kubeconfig; default: the current one.")
  var context: String?

  @OptionGroup var output: OutputOptions

  private struct Document: Encodable {
    let file: String
    let base: String?
    let notes: [String]?
  }

  func validate() throws {
    if !fromCluster, deployment != nil || namespace != nil || context != nil {
      throw ValidationError("A deployment, --namespace and --context go with --from-cluster.")
    }
    if fromCluster, force { throw ValidationError("--force does not go with --from-cluster, which writes over nothing.") }
    if fromCluster, namespace == nil { throw ValidationError("--from-cluster needs --namespace.") }
  }

  func run() async throws {
    if fromCluster, let namespace { return try await adopt(in: namespace) }
    let path = PlaceOptions.absolute(file)
    let folder = (path as NSString).deletingLastPathComponent
    guard force || !FileManager.default.fileExists(atPath: path) else {
      throw SlipwayError(
        .fileExists, .input, "\(file) is there already", remedy: "edit it, or write over it with `slipway init --force`")
    }
    do {
      let text = Scaffold.text(for: try FolderFacts.look(at: folder))
      try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw SlipwayError(
        .fileNotWritten, .broken, "\(file) could not be written", remedy: "make sure that the folder \(folder) exists and can be written",
        cause: error)
    }
    if output.isJSON { return try Output.json(Document(file: path, base: nil, notes: nil)) }
    Output.line("wrote \(file); `slipway validate` checks it, `slipway plan --version v1 --first` shows what it does")
  }
}

extension InitCommand {
  private func adopt(in namespace: Name) async throws {
    let path = PlaceOptions.absolute(file)
    let folder = (path as NSString).deletingLastPathComponent
    let client = try KubernetesClient.connect(
      KubernetesSpec(context: context, namespace: namespace), clock: SystemClock(), random: { Double.random(in: 0..<1) },
      logger: ProgramLog.warnings("init"))
    let draft: AdoptionDraft
    let baseName: String
    do {
      let found = try await FoundService.read(client, namespace: namespace, deployment: deployment)
      baseName = "\(found.service?.name ?? found.deployment.name ?? "service")-base.yaml"
      draft = try AdoptionDraft(of: found, namespace: namespace, context: context, baseFile: baseName)
    } catch {
      await client.close()
      throw error
    }
    await client.close()
    let base = "\(folder)/\(baseName)"
    for present in [path, base] where FileManager.default.fileExists(atPath: present) {
      throw SlipwayError(
        .fileExists, .input, "\(present) is there already", remedy: "move it away, or name another place with --file")
    }
    do {
      try Data(draft.base.utf8).write(to: URL(fileURLWithPath: base), options: .withoutOverwriting)
      try Data(draft.configuration.utf8).write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
    } catch {
      throw SlipwayError(
        .fileNotWritten, .broken, "\(file) or \(baseName) could not be written",
        remedy: "make sure that the folder \(folder) exists and can be written", cause: error)
    }
    if output.isJSON { return try Output.json(Document(file: path, base: base, notes: draft.notes)) }
    Output.line("wrote \(file) and \(baseName)")
    for note in draft.notes { Output.line("  - \(note)") }
    Output.line("`slipway plan --version v1 --first` shows what the first release does; `slipway deploy --version v1` does it")
  }
}

extension SlipwayError.Code {
  static let fileExists = SlipwayError.Code("file-exists")
  static let fileNotWritten = SlipwayError.Code("file-not-written")
}
