import Foundation
import Testing

@Suite("Scripts and make targets")
struct ScriptTests {
  private let scripts = Repository.files.filter { $0.path.hasSuffix(".sh") || $0.path == ".ci/run" }

  @Test("Every script stops at the first thing that fails, and can be run")
  func safety() {
    let found = scripts.flatMap(Scripts.violations)
    #expect(scripts.count >= 4, "the scripts were not found")
    #expect(found.isEmpty, "\(list(found))")
    for script in scripts {
      #expect(FileManager.default.isExecutableFile(atPath: Repository.root.appendingPathComponent(script.path).path), "\(script.path)")
    }
  }

  @Test("Every make target says what it does")
  func makeTargets() throws {
    let makefile = try #require(Repository.files.first { $0.path == "Makefile" })
    let targets = makefile.text.matches(of: /(?m)^([a-z-]+):(?!=)/).map { String($0.1) }
    let explained = makefile.text.matches(of: /(?m)^([a-z-]+):.*## \S/).map { String($0.1) }
    #expect(targets == explained)
    #expect(Set(["build", "test", "demo", "bench", "lint", "format", "clean", "help"]).isSubset(of: targets))
  }

  @Test("make bench runs every benchmark")
  func benchmarks() throws {
    let makefile = try #require(Repository.files.first { $0.path == "Makefile" })
    let scripts = Repository.files(below: "Benchmarks/", ending: "/run.sh").map { $0.path.split(separator: "/")[1] }
    let line = try #require(makefile.text.firstMatch(of: /for benchmark in ([a-z ]+);/)?.1)
    #expect(Set(line.split(separator: " ")) == Set(scripts))
  }

  @Test("CI checks the format, runs the tests and runs the demo")
  func ci() throws {
    let run = try #require(Repository.files.first { $0.path == ".ci/run" })
    for command in ["make lint", "make test", "make demo"] { #expect(run.text.contains("\n\(command)\n")) }
  }
}
