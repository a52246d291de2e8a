/// Which target may use which. A line that is missing here is a border; `Package.swift` has to say the same.
enum Layers {
  static let pureCore: Set = ["SlipwayModel", "SlipwayPorts", "SlipwayEngine", "SlipwayStatistics", "SlipwayConfig", "SlipwayLedger"]
  static let adapters: Set = [
    "SlipwayStore", "SlipwayProxy", "SlipwayLocal", "SlipwayMetrics", "SlipwayGates", "SlipwayNotify", "SlipwayKubernetes",
  ]

  /// Our own targets that each target may import.
  static let allowed: [String: Set<String>] = [
    "slipway": ["SlipwayCLI"],
    "SlipwayCLI": [
      "SlipwayConfig", "SlipwayDemo", "SlipwayEngine", "SlipwayGates", "SlipwayKubernetes", "SlipwayLedger", "SlipwayLocal",
      "SlipwayMetrics", "SlipwayModel", "SlipwayNotify",
      "SlipwayPorts",
      "SlipwayRuntime", "SlipwayServer", "SlipwaySimulation", "SlipwayStore",
    ],
    "SlipwayServer": ["SlipwayEngine", "SlipwayModel", "SlipwayPorts", "SlipwayRuntime"],
    "SlipwayRuntime": ["SlipwayEngine", "SlipwayModel", "SlipwayPorts"],
    "SlipwaySimulation": ["SlipwayEngine", "SlipwayModel", "SlipwayPorts", "SlipwayRuntime", "SlipwayStatistics"],
    "SlipwayDemo": ["SlipwayModel"],
    "SlipwayStore": ["SlipwayLedger", "SlipwayModel", "SlipwayPorts"],
    "SlipwayProxy": ["SlipwayModel"],
    "SlipwayLocal": ["CPlatform", "SlipwayModel", "SlipwayPorts", "SlipwayProxy"],
    "SlipwayKubernetes": ["CPlatform", "SlipwayModel", "SlipwayPorts"],
    "SlipwayMetrics": ["SlipwayModel", "SlipwayPorts", "SlipwayReach"],
    "SlipwayGates": ["SlipwayModel", "SlipwayPorts", "SlipwayReach"],
    "SlipwayReach": ["CPlatform", "SlipwayModel"],
    "SlipwayNotify": ["SlipwayModel", "SlipwayPorts"],
    "SlipwayPorts": ["SlipwayModel"],
    "SlipwayEngine": ["SlipwayModel", "SlipwayStatistics"],
    "SlipwayStatistics": ["SlipwayModel"],
    "SlipwayConfig": ["SlipwayModel"],
    "SlipwayLedger": [],
    "SlipwayModel": [],
    "CPlatform": [],
    "AnswerService": [],
  ]

  /// Modules of the toolchain. Those that reach the file system or the network are not for the pure core.
  static let toolchainForAll: Set = ["Swift", "Foundation", "FoundationEssentials"]
  static let toolchain: Set = toolchainForAll.union([
    "Darwin", "Dispatch", "Glibc", "Musl", "Synchronization", "RegexBuilder", "Testing", "FoundationNetworking", "XCTest",
    "PackageDescription",
  ])

  /// What a target of the core needs of the C library: logarithms.
  static let toolchainForOne: [String: Set<String>] = ["SlipwayStatistics": ["Glibc", "Musl", "Darwin"]]

  /// The modules that a file imports.
  static func imports(of file: SwiftFile) -> [(line: Int, module: String)] {
    file.codeLines.enumerated().compactMap { number, line in
      guard line.contains("import "),
        let match = line.firstMatch(
          of: /^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:package |internal |private )?import (?:struct |class |enum |func )?(\w+)/)
      else { return nil }
      return (number + 1, String(match.1))
    }
  }

  /// Imports that the manifest does not allow.
  static func violations(in file: SwiftFile, manifest: Manifest, target: String) -> [Violation] {
    let dependencies = Set(manifest.dependencies(of: target).map { manifest.modules[$0] ?? $0 })
    let ofToolchain = pureCore.contains(target) ? toolchainForAll.union(toolchainForOne[target, default: []]) : toolchain
    return imports(of: file).filter { !dependencies.contains($0.module) && !ofToolchain.contains($0.module) }.map {
      Violation(path: file.path, line: $0.line, message: "\(target) may not import \($0.module): Package.swift does not list it")
    }
  }
}
