import Testing

@Suite("The style of the code")
struct StyleTests {
  /// Rules that are not yet kept everywhere: how often each may be broken. A number here only ever goes down.
  static let allowedDiscardedErrors = 36
  static let allowedCrashes = 4

  @Test("Every task is owned by something that waits for it")
  func tasks() {
    let found = Repository.sources.flatMap(CodeRules.unstructuredTasks)
    #expect(found.isEmpty, "\(list(found))")
  }

  @Test("The engine decides every case by name")
  func defaults() {
    let found = Repository.sources.filter { $0.module == "SlipwayEngine" }.flatMap(CodeRules.defaults)
    #expect(found.isEmpty, "\(list(found))")
  }

  @Test("Nothing is public")
  func access() {
    let found = Repository.sources.flatMap(CodeRules.publicDeclarations)
    #expect(found.isEmpty, "\(list(found))")
  }

  @Test("Errors are thrown away with try? no more often than before")
  func discardedErrors() {
    let found = Repository.sources.flatMap(CodeRules.discardedErrors)
    #expect(found.count <= Self.allowedDiscardedErrors, "\(list(found))")
  }

  @Test("A value is unwrapped by force only beside a comment that proves it")
  func forceUnwraps() {
    let found = Repository.sources.flatMap(CodeRules.forceUnwraps)
    #expect(found.isEmpty, "\(list(found))")
  }

  @Test("The program ends itself on a mistake no more often than before")
  func crashes() {
    let found = Repository.sources.flatMap(CodeRules.crashes)
    #expect(found.count <= Self.allowedCrashes, "\(list(found))")
  }

  @Test("Every test has a sentence for a name")
  func testNames() {
    // The rule itself has to name what it looks for.
    let files = Repository.swiftFiles.filter { $0.path.hasPrefix("Tests/") && !$0.path.hasPrefix("Tests/RepositoryTests/Rules/") }
    let found = files.flatMap(CodeRules.unnamedTests)
    #expect(found.isEmpty, "\(list(found))")
  }

  @Test("No test blocks a thread")
  func blocking() {
    let found = Repository.swiftFiles.filter { $0.path.hasPrefix("Tests/") }.flatMap { BannedCall.violations(in: $0, BannedCall.tests) }
    #expect(found.isEmpty, "\(list(found))")
  }

  @Test("No file only keeps a place")
  func placeholders() {
    #expect(Repository.files.map(\.path).filter { $0.contains("Placeholder") } == [])
  }

  @Test("Nothing is left for later, and no path belongs to one machine")
  func textFiles() {
    // The rules themselves have to name what they look for.
    let files = Repository.files.filter { !$0.path.hasPrefix("Tests/RepositoryTests/") }
    let found = files.flatMap(CodeRules.promises) + files.flatMap(CodeRules.machinePaths)
    #expect(found.isEmpty, "\(list(found))")
  }
}
