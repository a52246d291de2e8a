import Foundation
import Testing

@Suite("Borders between modules")
struct BorderTests {
  private let manifest: Manifest

  init() throws {
    let file = try #require(Repository.files.first { $0.path == "Package.swift" })
    manifest = Manifest(file.text)
  }

  @Test("The manifest lets each target use exactly the targets that the table of layers names")
  func table() {
    let own = Set(manifest.targets.map(\.name))
    let program = manifest.targets.filter { $0.folder.hasPrefix("Sources/") || $0.folder.hasPrefix("Examples/") }
    let listed = Dictionary(uniqueKeysWithValues: program.map { ($0.name, $0.dependencies.intersection(own)) })
    #expect(listed == Layers.allowed)
  }

  @Test("No adapter knows the runtime, the engine or another adapter, but for the agent, which runs the proxy")
  func adapters() {
    for adapter in Layers.adapters {
      let uses = Layers.allowed[adapter, default: []]
      #expect(uses.isDisjoint(with: ["SlipwayRuntime", "SlipwayEngine", "SlipwayServer", "SlipwayCLI"]))
      #expect(uses.intersection(Layers.adapters) == (adapter == "SlipwayLocal" ? ["SlipwayProxy"] : []))
    }
  }

  @Test("The pure core uses itself only")
  func pureCore() {
    for module in Layers.pureCore {
      #expect(Layers.allowed[module, default: []].isSubset(of: Layers.pureCore))
    }
  }

  @Test("Every import is allowed by the manifest")
  func imports() {
    let found = manifest.targets.flatMap { target in
      Repository.swiftFiles.filter { $0.path.hasPrefix(target.folder + "/") }
        .flatMap { Layers.violations(in: $0, manifest: manifest, target: target.name) }
    }
    #expect(found.isEmpty, "\(list(found))")
  }

  @Test("Every folder of sources and of tests is a target, and the other way round")
  func folders() throws {
    func folders(_ folder: String) throws -> Set<String> {
      let names = try FileManager.default.contentsOfDirectory(atPath: Repository.root.appendingPathComponent(folder).path)
      return Set(names.filter { !$0.hasPrefix(".") }.map { "\(folder)/\($0)" })
    }
    let targets = manifest.targets.map(\.folder)
    let shared: Set = ["Tests/Fixtures", "Tests/Scenarios", "Tests/Support"]
    #expect(try folders("Sources") == Set(targets.filter { $0.hasPrefix("Sources/") }))
    #expect(
      try folders("Tests").subtracting(shared)
        == Set(targets.filter { target in !shared.contains { target.hasPrefix($0) } && target.hasPrefix("Tests/") }))
    for folder in targets { #expect(Repository.exists(folder)) }
  }

  @Test("Packages are taken in an exact version, so that a build can be repeated")
  func exactVersions() {
    #expect(manifest.inexactPackages == [])
  }

  @Test("The pure core reads no clock, no randomness and no files")
  func bannedInPureCore() {
    let found = Repository.sources.filter { Layers.pureCore.contains($0.module) }
      .flatMap { BannedCall.violations(in: $0, BannedCall.pureCore) }
    #expect(found.isEmpty, "\(list(found))")
  }

  @Test("Only the command line prints and ends the process")
  func bannedEverywhere() {
    let found = Repository.sources.filter { $0.path.hasPrefix("Sources/") && !["SlipwayCLI", "slipway"].contains($0.module) }
      .flatMap { BannedCall.violations(in: $0, BannedCall.everywhere) }
    #expect(found.isEmpty, "\(list(found))")
  }
}
