import ArgumentParser
import SlipwayKubernetes
import SlipwayModel

struct ExportInstallCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install", abstract: "Print the manifests that run `slipway serve` in a cluster.",
    discussion: """
      ServiceAccount, Roles with their bindings, a volume for the journal, Deployment and Service. The rights are those that the routers \
      of the file's environments with `target: kubernetes` need, in their namespaces, and no others; those namespaces have to be there. \
      With --releases-in, also what Releases need: their CustomResourceDefinition and a Role in each namespace that they are looked for in. \
      Nothing is changed and no cluster is asked.

        slipway export install --image registry.example.com/slipway:0.1.0 | kubectl apply -f -
        slipway export install --image registry.example.com/slipway:0.1.0 --environment production --with-namespace
        slipway export install --image registry.example.com/slipway:0.1.0 --releases-in shop
        slipway export install --image registry.example.com/slipway:0.1.0 --storage 5Gi --storage-class fast --output json
      """)

  @OptionGroup var place: PlaceOptions
  @OptionGroup var selection: SelectionOptions

  @Option(
    help: ArgumentHelp("The image that is run: one of your own with `slipway` in its path. None is published.", valueName: "reference"))
  var image: String

  @Option(help: "The namespace of the server.")
  var namespace = Name("slipway")!  // A constant that is a name.

  @Flag(help: "Make the namespace too.")
  var withNamespace = false

  @Option(help: ArgumentHelp("Size of the journal's volume.", valueName: "quantity"))
  var storage = "1Gi"

  @Option(help: ArgumentHelp("StorageClass of the volume; default: the cluster's own.", valueName: "name"))
  var storageClass: String?

  @Option(
    help: ArgumentHelp(
      "Carry out the Releases (slipway.dev/v1alpha1) of this namespace; may be given several times.", valueName: "namespace"))
  var releasesIn: [Name] = []

  @Option(help: "YAML documents, or one JSON document of kind List.")
  var output = ExportFormat.yaml

  func validate() throws {
    if image.isEmpty || image.contains(where: \.isWhitespace) { throw ValidationError("'\(image)' is not an image.") }
    let quantity = /[1-9][0-9]*(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?/
    if try quantity.wholeMatch(in: storage) == nil { throw ValidationError("'\(storage)' is not a size: use a quantity such as 1Gi.") }
  }

  func run() async throws {
    let file = try ProjectFile(place)
    let installation = Installation(
      namespace: namespace.description, image: image, makesNamespace: withNamespace, storage: storage, storageClass: storageClass,
      places: try places(file), releaseNamespaces: releasesIn)
    for name in releasesIn where !installation.places.contains(where: { $0.namespace == name }) {
      Output.note(
        "warning: no environment of the file deploys to '\(name)', so the server gets no rights for rollouts there, and Releases there will be "
          + "refused")
    }
    try output.write(installation.objects)
  }

  /// Where the server is to deploy to, by the file.
  private func places(_ file: ProjectFile) throws -> [KubernetesSpec] {
    let chosen = try selection.environment.map { [try file.environment($0)] } ?? file.project.environments
    var places: [KubernetesSpec] = []
    for environment in chosen where environment.target == .kubernetes {
      guard let spec = environment.kubernetes else { continue }
      if spec.context != nil || !spec.kubeconfig.isEmpty {
        Output.note(
          "warning: environment '\(environment.name)' names a kubeconfig or a context, and a server in a cluster has neither: it reaches its "
            + "own cluster by its service account. Leave both out of what you send to it.")
      }
      let services = try selection.service.map { [try file.service($0, in: environment)] } ?? environment.services
      places += services.map { spec.completed(for: $0.name, in: file.folder) }
    }
    guard !places.isEmpty else {
      throw SlipwayError(
        .noClusterEnvironment, .input,
        selection.environment.map { "environment '\($0)' has another target than a cluster" }
          ?? "no environment of the file has a cluster as target",
        remedy: "state `target: kubernetes` and a `namespace` for an environment; the rights of the server follow from it")
    }
    return places
  }
}

extension SlipwayError.Code {
  static let noClusterEnvironment = SlipwayError.Code("no-cluster-environment")
}
