import SlipwayModel

/// A project's file, read: the project when the file is right, and everything there is to say about it.
///
/// Reading is pure: bytes, name and environment variables come in, nothing else is looked at.
package struct ConfigurationFile: Sendable {
  /// `nil` when there is an error among ``diagnostics``.
  package let project: Project?
  /// In the order of the file.
  package let diagnostics: [Diagnostic]
  private let source: SourceText
  private let sections: [EnvironmentSection]
  private let stated: StatedKeys

  /// - Parameters:
  ///   - bytes: the file's content: UTF-8, at most 1 MiB.
  ///   - file: the file's name, as diagnostics give it.
  ///   - variables: the environment variables that `${NAME}` takes its values from.
  package init(bytes: [UInt8], file: String, variables: [String: String] = [:]) {
    let sink = DiagnosticSink(file: file)
    let (text, isValid) = SourceText.decode(bytes, sink: sink)
    source = text
    var sections: [EnvironmentSection] = []
    var stated = StatedKeys()
    let read = isValid ? Self.read(text, sink: sink, variables: variables, &sections, &stated) : nil
    self.sections = sections
    self.stated = stated
    project = sink.hasErrors ? nil : read
    diagnostics = sink.diagnostics
  }

  /// As ``init(bytes:file:variables:)``, for text that is at hand.
  package init(text: String, file: String, variables: [String: String] = [:]) {
    self.init(bytes: Array(text.utf8), file: file, variables: variables)
  }

  package var hasErrors: Bool { project == nil }

  /// The diagnostics as a person reads them, with the lines they are about; empty when there are none.
  package var report: String { DiagnosticRenderer(source: source).render(diagnostics) }

  /// As ``report``, without what is said about other environments than this one.
  package func report(about environment: Name) -> String {
    let others = sections.filter { $0.name != environment.description }
    return DiagnosticRenderer(source: source).render(diagnostics.filter { found in !others.contains { $0.contains(found.location) } })
  }

  /// Where a service states its scalar keys (`port`, `resources.cpu`, `env.NAME`), overrides of the environment included; what has its
  /// default is not among them.
  package func statedKeys(of service: Name, in environment: Name) -> [String: SourceLocation] {
    stated.places(of: service, in: environment)
  }

  private static func read(
    _ text: SourceText, sink: DiagnosticSink, variables: [String: String], _ sections: inout [EnvironmentSection],
    _ stated: inout StatedKeys
  ) -> Project? {
    guard let composed = YAMLComposer(source: text, sink: sink).compose() else { return nil }
    guard let yaml = composed.root else { return reportEmpty(sink) }
    var builder = TreeBuilder(source: text, sink: sink, overwritten: composed.overwritten, variables: variables)
    guard let root = builder.build(yaml) else { return nil }
    switch root.content {
    case .null: return reportEmpty(sink)
    case .unknown: return nil
    case .scalar, .sequence:
      sink.error(
        .wrongType, at: root.place, "the file is not a mapping of keys to values", remedy: "begin with for example `project: my-service`")
      return nil
    case .mapping(let entries):
      sections = EnvironmentSection.all(in: entries)
      var checker = SchemaChecker(source: text, sink: sink, readings: ReadingCheck.names(in: entries))
      checker.check(entries, in: .root)
      let project = ProjectReader(sink: sink, unhonoured: checker.unhonoured).read(root, &stated)
      SecretCheck(sink: sink).check(entries)
      return project
    }
  }

  private static func reportEmpty(_ sink: DiagnosticSink) -> Project? {
    sink.error(.emptyFile, at: .start, "the file describes nothing", remedy: "run `slipway init` for a file to start from")
    return nil
  }
}
