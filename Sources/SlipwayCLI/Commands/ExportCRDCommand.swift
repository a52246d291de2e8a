import ArgumentParser
import SlipwayKubernetes

struct ExportCRDCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crd", abstract: "Print the CustomResourceDefinition of Releases.",
    discussion: """
      For a server outside of the cluster that carries out its Releases; `slipway export install --releases-in` prints it too. Applying it needs \
      the rights of an administrator of the cluster, once.

        slipway export crd | kubectl apply -f -
      """)

  @Option(help: "YAML, or JSON.")
  var output = ExportFormat.yaml

  func run() throws { try output.write([ReleaseDefinition.manifest]) }
}

/// How manifests are printed.
enum ExportFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
  case yaml
  case json

  /// YAML documents, or one JSON document: of kind List for several objects.
  func write(_ objects: [ObjectDocument]) throws {
    switch self {
    case .yaml: Output.write(try ManifestWriter.text(of: objects), to: 1)
    case .json: try Output.json(objects.count == 1 ? objects[0].json : ManifestWriter.list(objects))
    }
  }
}
