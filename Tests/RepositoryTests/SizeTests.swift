import Testing

@Suite("Files and functions stay small")
struct SizeTests {
  @Test("No Swift file has more than 500 lines")
  func fileLength() {
    let long = Repository.files.filter { $0.path.hasSuffix(".swift") && $0.lineCount > 500 }
      .map { Violation(path: $0.path, message: "\($0.lineCount) lines: split it by idea") }
    #expect(long.isEmpty, "\(list(long))")
  }

  @Test("Half of the source files have at most 150 lines")
  func medianLength() throws {
    let counts = Repository.files(below: "Sources/").map(\.lineCount).sorted()
    let median = try #require(counts.isEmpty ? nil : counts[counts.count / 2])
    #expect(counts.count > 20, "the sources were not found")
    #expect(median <= 150)
  }

  @Test("No function has more than 70 lines")
  func functionLength() {
    let functions = Repository.swiftFiles.flatMap { file in file.functions.map { (file, $0) } }
    #expect(functions.count > 200, "the functions were not found")
    let long = functions.filter { $0.1.lineCount > 70 }
      .map { Violation(path: $0.path, line: $1.line, message: "\($1.name) has \($1.lineCount) lines: split it") }
    #expect(long.isEmpty, "\(list(long))")
  }

  @Test("The README has at most 150 lines")
  func readme() throws {
    let readme = try #require(Repository.files.first { $0.path == "README.md" })
    #expect(readme.lineCount <= 150)
  }
}
