import Foundation
import Testing

/// Runs the real script with a `PATH` that holds stand-ins: what the machine has, and what it is asked to install.
@Suite("scripts/install-dependencies.sh")
struct InstallerTests {
  private struct Outcome {
    var status: Int32 = -1
    var output = ""
    /// The arguments of the package manager, a line for each time it ran.
    var installed = ""
  }

  /// - Parameters:
  ///   - headers: the headers that the machine's compiler finds.
  ///   - user: what `id -u` says.
  private func run(
    _ arguments: [String] = [], tools: [String] = ["swift", "git", "cc", "apt-get"], headers: [String], user: Int = 0
  ) async throws -> Outcome {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("slipway-installer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let log = folder.appendingPathComponent("log")
    func tool(_ name: String, _ body: String) throws {
      let file = folder.appendingPathComponent(name)
      try "#!/bin/sh\n\(body)\n".write(to: file, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
    for name in tools { try tool(name, name == "apt-get" ? "echo \"$@\" >> '\(log.path)'" : "exit 0") }
    if tools.contains("cc") {
      try tool("cc", "read -r line; case \"$line\" in \(headers.map { "*\($0)*) exit 0;;" }.joined()) *) exit 1;; esac")
    }
    try tool("id", "echo \(user)")
    for name in ["bash", "cut", "env"] {
      try FileManager.default.createSymbolicLink(atPath: folder.appendingPathComponent(name).path, withDestinationPath: Self.path(of: name))
    }

    let process = Process()
    process.executableURL = URL(fileURLWithPath: Self.path(of: "bash"))
    process.arguments = [Repository.root.appendingPathComponent("scripts/install-dependencies.sh").path] + arguments
    process.environment = ["PATH": folder.path]
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    let (ends, continuation) = AsyncStream.makeStream(of: Int32.self)
    process.terminationHandler = { ended in
      continuation.yield(ended.terminationStatus)
      continuation.finish()
    }
    try process.run()
    var outcome = Outcome()
    for await status in ends { outcome.status = status }
    outcome.output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    outcome.installed = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
    return outcome
  }

  private static func path(of tool: String) -> String {
    ["/bin/", "/usr/bin/", "/usr/local/bin/"].map { $0 + tool }.first { FileManager.default.isExecutableFile(atPath: $0) } ?? tool
  }

  @Test("Nothing is installed and nothing is said when nothing is missing")
  func complete() async throws {
    let outcome = try await run(headers: ["sqlite3.h", "zlib.h"])
    #expect([outcome.output, outcome.installed] == ["", ""])
    #expect(outcome.status == 0)
  }

  @Test("A missing header is named with its reason and installed without a question")
  func missingHeader() async throws {
    let outcome = try await run(headers: ["zlib.h"])
    #expect(outcome.output == "missing: SQLite's header file, for the journal; installing libsqlite3-dev\ninstalled: libsqlite3-dev\n")
    #expect(outcome.installed == "update -q\ninstall -q -y --no-install-recommends libsqlite3-dev\n")
    #expect(outcome.status == 0)
  }

  @Test("Without root and without sudo it says what to install")
  func noRoot() async throws {
    let outcome = try await run(headers: [], user: 1000)
    #expect(outcome.status == 1)
    #expect(outcome.installed == "")
    #expect(outcome.output.contains("remedy: install these packages as root, then repeat: libsqlite3-dev zlib1g-dev"))
  }

  @Test("Without Swift it says where to get it")
  func noSwift() async throws {
    let outcome = try await run(tools: ["git", "cc", "apt-get"], headers: ["sqlite3.h", "zlib.h"])
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("https://www.swift.org/install/"))
  }

  @Test("Without a package manager it says what is missing")
  func noManager() async throws {
    let outcome = try await run(tools: ["swift", "git", "cc"], headers: ["zlib.h"])
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("remedy: install what your system calls these packages, then repeat: libsqlite3-dev"))
  }

  @Test("What the tests run against is installed for them, and the services that come with it are stopped")
  func test() async throws {
    let outcome = try await run(
      ["test"], tools: ["swift", "git", "cc", "apt-get", "openssl", "systemctl"], headers: ["sqlite3.h", "zlib.h"])
    #expect(outcome.installed == "update -q\ninstall -q -y --no-install-recommends prometheus docker-registry\n")
    #expect(
      outcome.output == """
        missing: Prometheus, which tests read figures from; installing prometheus
        missing: a registry of images, which tests ask for digests; installing docker-registry
        installed: prometheus docker-registry
        stopped: the service that the package prometheus had started
        stopped: the service that the package docker-registry had started

        """)
    #expect(outcome.status == 0)
  }

  @Test("What the benchmarks compare with is only installed for them")
  func bench() async throws {
    let outcome = try await run(["bench"], headers: ["sqlite3.h", "zlib.h"])
    #expect(outcome.installed == "update -q\ninstall -q -y --no-install-recommends nginx-light haproxy wrk python3-venv\n")
    #expect(try await run(["something"], headers: []).status == 2)
  }
}
