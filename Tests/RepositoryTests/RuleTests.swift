import Testing

/// The rules themselves, on small pieces of code: a rule that finds nothing would let everything through.
@Suite("The rules of the repository")
struct RuleTests {
  private func file(_ text: String, path: String = "Sources/SlipwayEngine/A.swift") -> SwiftFile { SwiftFile(path: path, text: text) }

  @Test("Comments and literals are blank, interpolations are code, and lines keep their numbers")
  func scanner() {
    #expect(file("a // b\nc /* d /* e */ f */ g").code == "a     \nc                   g")
    #expect(file(#"x("Date()", y)"#).code == #"x("      ", y)"#)
    #expect(file(#"x("a \(f("b")) c")"#).code == #"x("   (f(" "))  ")"#)
    #expect(file(##"x(#"a " \#(f) "#)"##).code == ##"x(#"      (f) "#)"##)
    #expect(file("x(\"\"\"\n  Date()\n  \"\"\")").code == "x(\"\"\"\n        \n  \"\"\")")
    #expect(file("\"a\\\"b\" + c").code == "\"    \" + c")
  }

  @Test("Functions are measured from brace to brace; requirements of protocols have no body")
  func functions() {
    let text = """
      protocol P {
        func a() async
        init(x: Int)
      }
      struct S {
        init(x: [Int] = { [1] }()) {
          self.init()
        }
        func b<T>(
          _ t: T
        ) throws
          -> Int
        where T: P {
          if true { return 1 }
          return 2
        }
      }
      """
    #expect(file(text).functions.map { [$0.name, "\($0.line)", "\($0.lineCount)"] } == [["init", "6", "3"], ["func b<T>", "9", "4"]])
  }

  @Test(
    "Banned calls are found as words of their own",
    arguments: [
      ("Date(", "let a = Date()", true), ("Date(", "let a = FlightDate()", false), (".now", "at: .now)", true), (".now", ".nowhere", false),
      (".now", "clock.now()", true), ("Process(", "try Process()", true), ("Process(", "TestProcess()", false),
      ("sleep(", "sleep(1)", true), ("sleep(", "Task.sleep(for: x)", false), ("sleep(", "func sleep(for: x)", false),
      ("ContinuousClock", "ContinuousClock()", true), ("print(", "fingerprint(x)", false),
    ])
  func bannedCalls(call: String, line: String, isFound: Bool) {
    #expect(BannedCall.occurs(call, in: line) == isFound)
  }

  @Test("A banned call's message names the replacement, and a comment is no call")
  func bannedMessage() {
    let found = BannedCall.violations(in: file("// Date()\nlet a = Date()"), BannedCall.pureCore)
    #expect(
      found.map(\.description) == ["Sources/SlipwayEngine/A.swift:2: Date( is not for SlipwayEngine: take a Timestamp as an argument"])
  }

  @Test(
    "Unstructured tasks are found in every form, and the other uses of Task are not",
    arguments: [
      ("Task { await x() }", true), ("Task.detached { }", true), ("Task(priority: .high) { }", true), ("Task<Void, Never> { }", true),
      ("Task.isCancelled", false), ("try await Task.sleep(for: x)", false), ("group.addTask { }", false), ("addTask(name: x) { }", false),
    ])
  func tasks(code: String, isFound: Bool) {
    #expect(CodeRules.unstructuredTasks(in: file(code)).isEmpty == !isFound)
  }

  @Test("default: is found, an argument of that name is not")
  func defaults() {
    #expect(CodeRules.defaults(in: file("switch x {\ncase .a: 1\ndefault: 2\n}")).map(\.line) == [3])
    #expect(
      CodeRules.defaults(in: file("x[key, default: 0] = f(default: 1)")).count == 1,
      "a labelled argument may be found; write it on one line with its call")
  }

  @Test("public, try?, force unwraps and crashes are found, look-alikes are not")
  func lineRules() {
    #expect(CodeRules.publicDeclarations(in: file("public struct A {}\nlet republic = 1")).map(\.line) == [1])
    #expect(CodeRules.discardedErrors(in: file("let a = try? b()\nlet c = try b()")).map(\.line) == [1])
    #expect(CodeRules.forceUnwraps(in: file("a!.b\na != b\nif !a {}\nx[0]!\nb as! C\ntry! c()")).map(\.line) == [1, 4, 5, 6])
    #expect(CodeRules.forceUnwraps(in: file("// It was checked above.\nlet b =\n  a!")) == [])
    #expect(CodeRules.crashes(in: file("fatalError(\"x\")\nprecondition(a)\n// fatalError()")).map(\.line) == [1, 2])
  }

  @Test("A test without a sentence is found")
  func testNames() {
    #expect(
      CodeRules.unnamedTests(
        in: file("@Test func a() {}\n@Test(\"b\") func b() {}\n@Test(\n  \"c\", arguments: [1])\n@Test(arguments: [1])")
      ).map(\.line) == [1, 5])
  }

  @Test("Promises and paths of one machine are found in any text")
  func textRules() {
    let text = Repository.File(path: "a.md", text: "TODO: more\nmastodon\nsee /home/me/x\nGET /homepage\nhttps://x.org/home/y")
    #expect(CodeRules.promises(in: text).map(\.line) == [1])
    #expect(CodeRules.machinePaths(in: text).map(\.line) == [3])
  }

  @Test("Imports are read with attributes and access, and one that the manifest does not list is found")
  func imports() {
    let manifest = Manifest(
      """
      let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
        targets: [
          module(
            "SlipwayEngine",
            ["SlipwayModel", nioCore]),
          tests("SlipwayEngineTests"),
          // A tool
          .executableTarget(
            name: "Tool", dependencies: ["SlipwayModel"], path: "Examples/tool", swiftSettings: settings),
        ]
      """)
    #expect(manifest.targets.map(\.folder) == ["Sources/SlipwayEngine", "Tests/SlipwayEngineTests", "Examples/tool"])
    let text = "import SlipwayModel\n@testable import GRDB\ninternal import NIOCore\nimport struct Foundation.Data\n// import Yams"
    #expect(Layers.imports(of: file(text)).map(\.module) == ["SlipwayModel", "GRDB", "NIOCore", "Foundation"])
    #expect(Layers.violations(in: file(text), manifest: manifest, target: "SlipwayEngine").map(\.line) == [2])
  }

  @Test("A declaration without a comment is found; an attribute may stand between")
  func documentation() {
    let text =
      "/// Yes.\npackage struct A {\n  package let b: Int\n  /// Yes.\n  @discardableResult\n  package func c() {}\n  package init(b: Int) {}\n}"
    #expect(Documentation.violations(in: file(text)).map(\.line) == [3])
  }

  @Test("A stored property is told from a computed one and from a type")
  func storedProperties() {
    let text = "package let a: Int\npackage var b: Int { 1 }\npackage struct C {\npackage static let d = 1\npackage private(set) var e: Int"
    let found = Documentation.violations(in: file(text)).filter(Documentation.isStoredProperty)
    #expect(found.map(\.line) == [1, 4, 5])
  }

  @Test("Codes are read where they are declared, and sections where they are explained")
  func errorCodes() {
    let text = """
      extension SlipwayError.Code {
        package static let a = Self("port-in-use")
        static let b = SlipwayError.Code("disk-full")
      }
      let c = Name("not-a-code")
      throw SlipwayError(SlipwayError.Code("run-missing"), .input, "x", remedy: "y")
      """
    #expect(ErrorCodes.declared(in: file(text)) == ["port-in-use", "disk-full", "run-missing"])
    #expect(
      ErrorCodes.documented(in: "# Errors\n\n## port-in-use\n\ntext\n\n### `disk-full`\n\n## With words") == ["port-in-use", "disk-full"])
  }

  @Test("Dead links, dead anchors and files that are gone are found, fenced code is not read")
  func links() {
    let text =
      "[a](../b.md) [c](gone.md#x) [d](#here) [e](https://x.org/y) `Sources/Gone.swift`\n# Here\n```\n[f](gone.md)\n```\n[g](#nowhere)"
    let found = Markdown.deadLinks(
      in: Repository.File(path: "docs/a.md", text: text), exists: { ["b.md", "docs/a.md"].contains($0) },
      headings: { _ in Markdown.anchors(of: text) })
    #expect(
      found.map(\.description) == [
        "docs/a.md:1: there is no gone.md#x", "docs/a.md:1: there is no Sources/Gone.swift", "docs/a.md:6: there is no #nowhere",
      ])
    #expect(Markdown.anchors(of: "## What it's for: `x`") == ["what-its-for-x"])
  }

  @Test("Names of tests are read where they are declared and where they are named")
  func testNamesInPages() {
    #expect(NamedTests.declared(in: "@Test(\"a b\") func x()\n@Test(\n  \"c\", arguments: [1])\n@Test func y()") == ["a b", "c"])
    #expect(NamedTests.named(in: "| x | “a b” |\n| y | “d” |") == ["a b", "d"])
  }

  @Test("A script without its safety line, or with a bare exit 0, is found")
  func scripts() {
    let good = Repository.File(path: "a.sh", text: "#!/usr/bin/env bash\nset -euo pipefail\nif true; then exit 0; fi\n")
    let bad = Repository.File(path: "b.sh", text: "#!/bin/sh\nexit 0\n")
    #expect(Scripts.violations(in: good) == [])
    #expect(Scripts.violations(in: bad).map(\.line) == [1, 0, 2])
  }
}
