// swift-tools-version: 6.2
import PackageDescription

/// Every target is compiled the same way; a border between two targets is an absent line in `dependencies`.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

// MARK: Packages used, by the name the targets below give them

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioConcurrency = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioFoundation = Target.Dependency.product(name: "NIOFoundationCompat", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// A target of the program, in `Sources/<name>`.
func module(_ name: String, _ dependencies: [Target.Dependency] = [], _ more: [SwiftSetting] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings + more)
}

/// Async functions that belong to no actor run where their caller runs (SE-0461): an actor that calls a port which answers at once
/// goes on without a switch of executors. In a simulated world all ports do, some hundred times a rollout.
let staysWithCaller = SwiftSetting.enableUpcomingFeature("NonisolatedNonsendingByDefault")

/// The tests of one target, in `Tests/<name>`.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

let package = Package(
  name: "slipway",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "slipway", targets: ["slipway"]),
    .executable(name: "answer-service", targets: ["AnswerService"]),
    .executable(name: "proxy-host", targets: ["ProxyHost"]),
    .executable(name: "journal-benchmark", targets: ["JournalBenchmark"]),
    .executable(name: "crash-test", targets: ["CrashTest"]),
    .executable(name: "simulation-benchmark", targets: ["SimulationBenchmark"]),
    .executable(name: "simulation-campaign", targets: ["SimulationCampaign"]),
    .executable(name: "analysis-benchmark", targets: ["AnalysisBenchmark"]),
    .executable(name: "kubernetes-benchmark", targets: ["KubernetesBenchmark"]),
    .executable(name: "cluster-host", targets: ["ClusterHost"]),
    .executable(name: "cluster-campaign", targets: ["ClusterCampaign"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
  ],
  targets: [
    // The program
    .executableTarget(name: "slipway", dependencies: ["SlipwayCLI"], swiftSettings: settings),
    module(
      "SlipwayCLI",
      [
        "SlipwayConfig", "SlipwayDemo", "SlipwayEngine", "SlipwayGates", "SlipwayKubernetes", "SlipwayLedger", "SlipwayLocal",
        "SlipwayMetrics", "SlipwayModel", "SlipwayNotify", "SlipwayPorts", "SlipwayRuntime", "SlipwayServer", "SlipwaySimulation",
        "SlipwayStore", argumentParser, logging, nioCore, nioPosix,
        unixSignals,
      ]),

    // Above the adapters
    module(
      "SlipwayServer",
      [
        "SlipwayEngine", "SlipwayModel", "SlipwayPorts", "SlipwayRuntime", asyncHTTPClient, httpTypes, hummingbird, hummingbirdCore,
        logging, nioCore, nioFoundation, nioHTTP1, nioPosix, serviceLifecycle, unixSignals,
      ]),
    module("SlipwayRuntime", ["SlipwayEngine", "SlipwayModel", "SlipwayPorts", logging]),
    module(
      "SlipwaySimulation", ["SlipwayEngine", "SlipwayModel", "SlipwayPorts", "SlipwayRuntime", "SlipwayStatistics", logging],
      [staysWithCaller]),
    module("SlipwayDemo", ["SlipwayModel", nioCore, nioPosix, nioHTTP1, nioConcurrency, nioWebSocket]),

    // Adapters: they know the ports, not each other and not the runtime
    module("SlipwayStore", ["SlipwayLedger", "SlipwayModel", "SlipwayPorts", grdb, sqlite]),
    module("SlipwayProxy", ["SlipwayModel", nioCore, nioPosix, nioHTTP1, nioConcurrency, logging]),
    module("SlipwayMetrics", ["SlipwayModel", "SlipwayPorts", "SlipwayReach", logging]),
    module("SlipwayGates", ["SlipwayModel", "SlipwayPorts", "SlipwayReach"]),
    module("SlipwayNotify", ["SlipwayModel", "SlipwayPorts", asyncHTTPClient, nioCore, nioHTTP1]),
    module(
      "SlipwayKubernetes",
      [
        "CPlatform", "SlipwayModel", "SlipwayPorts", asyncHTTPClient, crypto, logging, nioCore, nioFoundation, nioHTTP1, nioPosix, nioSSL,
        yams,
      ]),
    module(
      "SlipwayLocal",
      [
        "CPlatform", "SlipwayModel", "SlipwayPorts", "SlipwayProxy", asyncHTTPClient, crypto, httpTypes, hummingbird, logging, nioCore,
        nioPosix, nioFoundation, nioHTTP1,
      ]),

    // Programs that are run and URLs that are asked on a user's behalf, for the adapters that do so
    module("SlipwayReach", ["CPlatform", "SlipwayModel", asyncHTTPClient, nioCore, nioHTTP1, nioSSL]),

    // The few C declarations that Swift does not see
    .target(name: "CPlatform"),

    // The pure core: no I/O, no clock, no randomness
    module("SlipwayPorts", ["SlipwayModel"], [staysWithCaller]),
    module("SlipwayEngine", ["SlipwayModel", "SlipwayStatistics"]),
    module("SlipwayStatistics", ["SlipwayModel"]),
    module("SlipwayConfig", ["SlipwayModel", yams]),
    module("SlipwayLedger", [crypto]),
    module("SlipwayModel", [crypto]),

    // The example service that demo, tests and benchmarks deploy
    .executableTarget(
      name: "AnswerService", dependencies: [nioConcurrency, nioCore, nioPosix, nioHTTP1, nioWebSocket],
      path: "Examples/answer-service/Sources",
      swiftSettings: settings),

    // Measures what a user of the whole program sees
    .executableTarget(
      name: "RolloutBenchmark",
      dependencies: ["SlipwayDemo", "SlipwayEngine", "SlipwayModel", "SlipwayPorts", "SlipwayRuntime", "SlipwayStore"],
      path: "Benchmarks/rollout/RolloutBenchmark",
      swiftSettings: settings),

    // Hosts the embedded proxy alone, for its benchmark
    .executableTarget(
      name: "ProxyHost", dependencies: ["SlipwayModel", "SlipwayProxy", logging, nioPosix], path: "Benchmarks/proxy/ProxyHost",
      swiftSettings: settings),

    // Measures the journal; also the process that its crash tests kill
    .executableTarget(
      name: "JournalBenchmark", dependencies: ["SlipwayModel", "SlipwayPorts", "SlipwayStore"],
      path: "Benchmarks/journal/JournalBenchmark", swiftSettings: settings),

    // Measures how many rollouts a core simulates in a second, and where the time goes
    .executableTarget(
      name: "SimulationBenchmark", dependencies: ["SlipwayEngine", "SlipwayModel", "SlipwaySimulation"],
      path: "Benchmarks/simulation/SimulationBenchmark", swiftSettings: settings),

    // Judges good and bad releases by Slipway's evidence and by the rules of other tools, thousands of times
    .target(name: "CAllocations", path: "Benchmarks/analysis/CAllocations"),
    .executableTarget(
      name: "AnalysisBenchmark",
      dependencies: ["CAllocations", "SlipwayEngine", "SlipwayModel", "SlipwaySimulation", "SlipwayStatistics", argumentParser],
      path: "Benchmarks/analysis/AnalysisBenchmark", swiftSettings: settings),

    // Drives a thousand rollouts at once in a cluster, and hosts the cluster as a process of its own
    .executableTarget(
      name: "KubernetesBenchmark",
      dependencies: [
        "SlipwayConfig", "SlipwayEngine", "SlipwayLocal", "SlipwayModel", "SlipwayPorts", "SlipwayRuntime", "SlipwayServer",
        "SlipwaySimulation", "TwinWorld", asyncHTTPClient, logging, nioCore, nioHTTP1, nioPosix,
      ], path: "Benchmarks/kubernetes/KubernetesBenchmark", swiftSettings: settings),
    .executableTarget(
      name: "ClusterHost", dependencies: ["ClusterDouble", "SlipwayModel", hummingbird, logging, nioCore],
      path: "Benchmarks/kubernetes/ClusterHost", swiftSettings: settings),

    // Many rollouts in simulated worlds, with faults, until one breaks a rule
    .executableTarget(
      name: "SimulationCampaign", dependencies: ["SlipwayEngine", "SlipwayModel", "SlipwaySimulation", argumentParser],
      path: "Tests/SimulationCampaign", swiftSettings: settings),

    // The outside world in memory, for tests of what stands on the ports
    .target(
      name: "TwinWorld", dependencies: ["SlipwayModel", "SlipwayPorts"], path: "Tests/Support/TwinWorld", swiftSettings: settings),

    // A project with the real programs in a folder of its own, for tests from end to end
    .target(
      name: "RealSite", dependencies: ["SlipwayDemo", "SlipwayModel", asyncHTTPClient, nioCore, nioHTTP1, nioPosix],
      path: "Tests/Support/RealSite", swiftSettings: settings),

    // Kills, freezes and starves the real server at random moments while it deploys under load
    .executableTarget(
      name: "CrashTest", dependencies: ["RealSite", "SlipwayDemo", argumentParser],
      path: "Tests/CrashTest", swiftSettings: settings),

    tests("SlipwayModelTests", ["SlipwayModel"]),
    tests("SlipwayLedgerTests", ["SlipwayLedger", crypto]),
    tests("SlipwayConfigTests", ["SlipwayConfig", "SlipwayModel"]),
    tests("SlipwayStatisticsTests", ["SlipwayStatistics"], exclude: ["Fixtures"]),
    tests("SlipwayEngineTests", ["SlipwayEngine", "SlipwayModel", "SlipwayStatistics"]),
    tests("SlipwayStoreTests", ["JournalBenchmark", "SlipwayStore", "SlipwayLedger", "SlipwayModel", "SlipwayPorts", grdb]),
    tests(
      "SlipwayProxyTests",
      ["SlipwayProxy", "SlipwayModel", nioCore, nioPosix, nioHTTP1, nioEmbedded, nioWebSocket, nioConcurrency, logging]),
    tests(
      "SlipwayLocalTests",
      [
        "AnswerService", "SlipwayLocal", "SlipwayModel", "SlipwayPorts", "SlipwayProxy", "TestAgent", asyncHTTPClient, logging, nioCore,
        nioHTTP1, nioPosix,
      ]),
    tests(
      "SlipwayMetricsTests",
      [
        "AnswerService", "SlipwayMetrics", "SlipwayModel", "SlipwayPorts", "SlipwayReach", "TestServer", asyncHTTPClient, logging,
        nioConcurrency, nioCore, nioHTTP1,
        nioPosix,
      ]),
    tests("SlipwayNotifyTests", ["RealSite", "SlipwayModel", "SlipwayNotify", "SlipwayPorts", "TwinWorld"]),
    tests(
      "SlipwayGatesTests",
      ["SlipwayGates", "SlipwayModel", "SlipwayPorts", "SlipwayReach", "TestServer"]),
    // An HTTP server that answers as a test says
    .target(
      name: "TestServer", dependencies: [nioConcurrency, nioCore, nioHTTP1, nioPosix], path: "Tests/Support/TestServer",
      swiftSettings: settings),
    // An API server in memory, behind the real protocol, for tests of what talks to a cluster
    .target(
      name: "ClusterDouble",
      dependencies: ["SlipwayModel", "SlipwayPorts", httpTypes, hummingbird, logging, nioCore, nioPosix, serviceLifecycle],
      path: "Tests/Support/ClusterDouble", swiftSettings: settings),
    tests("ClusterDoubleTests", ["ClusterDouble", "SlipwayModel", asyncHTTPClient, logging, nioCore, nioHTTP1]),
    // Whole rollouts: the engine and its runtime against the double
    tests(
      "ClusterRolloutTests",
      [
        "ClusterDouble", "SlipwayCLI", "SlipwayEngine", "SlipwayKubernetes", "SlipwayModel", "SlipwayPorts", "SlipwayRuntime", "TwinWorld",
        logging,
      ]),
    // The same in virtual time: the double without its sockets, and scenes made up from seeds
    .target(
      name: "ClusterWorld",
      dependencies: [
        "ClusterDouble", "SlipwayEngine", "SlipwayKubernetes", "SlipwayModel", "SlipwayPorts", "SlipwayRuntime", "SlipwaySimulation",
        "TwinWorld", logging, nioCore,
      ], path: "Tests/Support/ClusterWorld", swiftSettings: settings),
    tests("ClusterSimulationTests", ["ClusterWorld", "SlipwaySimulation"]),
    .executableTarget(
      name: "ClusterCampaign", dependencies: ["ClusterWorld", argumentParser], path: "Tests/ClusterCampaign", swiftSettings: settings),
    // The same against any cluster that is named, and against the double where none is
    tests(
      "ClusterConformanceTests",
      [
        "ClusterDouble", "SlipwayEngine", "SlipwayKubernetes", "SlipwayModel", "SlipwayPorts", "SlipwayRuntime", "TwinWorld", logging,
      ]),
    tests(
      "SlipwayKubernetesTests",
      [
        "ClusterDouble", "SlipwayKubernetes", "SlipwayModel", "SlipwayPorts", asyncHTTPClient, logging, nioConcurrency, nioCore, nioHTTP1,
        nioPosix, nioSSL, yams,
      ], exclude: ["Snapshots"]),
    // An agent as a process of its own, for tests that kill it
    .executableTarget(
      name: "TestAgent", dependencies: ["SlipwayLocal", logging], path: "Tests/Support/TestAgent", swiftSettings: settings),
    tests("SlipwayRuntimeTests", ["TwinWorld", "SlipwayRuntime", "SlipwayEngine", "SlipwayModel", "SlipwayPorts", logging]),
    tests("AnalysisBenchmarkTests", ["AnalysisBenchmark", "CAllocations", "SlipwaySimulation", "SlipwayStatistics"]),
    tests("SlipwaySimulationTests", ["SimulationBenchmark", "SlipwaySimulation", "SlipwayEngine", "SlipwayModel"]),
    tests(
      "SlipwayServerTests",
      [
        "SlipwayServer", "SlipwayRuntime", "SlipwayEngine", "SlipwayModel", "SlipwayPorts", "TwinWorld", asyncHTTPClient, logging, nioCore,
        nioHTTP1, nioPosix,
      ]),
    tests(
      "SlipwayCLITests",
      [
        "slipway", "SlipwayCLI", "SlipwayConfig", "SlipwayEngine", "SlipwayModel", "SlipwayPorts", "SlipwayRuntime", "SlipwayServer",
        "SlipwaySimulation", argumentParser,
      ], exclude: ["Snapshots"]),
    tests(
      "SlipwayDemoTests",
      ["AnswerService", "SlipwayDemo", "SlipwayModel", nioCore, nioPosix, nioHTTP1, nioConcurrency, nioWebSocket]),
    tests("EndToEndTests", ["ClusterDouble", "RealSite", "SlipwayDemo", "SlipwayModel", asyncHTTPClient, nioCore, nioHTTP1]),
    tests("RepositoryTests"),
  ],
  swiftLanguageModes: [.v6]
)
