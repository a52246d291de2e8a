import Foundation
import Testing

@testable import SlipwayLocal

@Suite("Logs")
struct LogTests {
  @Test("The tail is the last twenty lines, each at most 400 characters, from where the process began")
  func tail() async throws {
    try await withFolder { folder in
      let log = folder + "/log"
      let old = "from before\n"
      let long = String(repeating: "é", count: 500)
      try put(old + (1...30).map { "line \($0)\n" }.joined() + long + "\n", at: log)
      let lines = try LogTail.lines(of: log, from: old.utf8.count)
      #expect(lines == (12...30).map { "line \($0)" } + [String(long.prefix(400))])
      #expect(try LogTail.lines(of: log, from: old.utf8.count + 7, atMost: 100).first == "line 2")
      #expect(try LogTail.lines(of: folder + "/none", from: 0) == [])
    }
  }

  @Test("Only the end of a huge log is read, without a torn first line; a log that was cut is read from its start")
  func hugeTail() async throws {
    try await withFolder { folder in
      let log = folder + "/log"
      try put(String(repeating: String(repeating: "x", count: 99) + "\n", count: 2000) + "end\n", at: log)
      let lines = try LogTail.lines(of: log, from: 0, atMost: 1000)
      #expect(lines.last == "end" && lines.count < 700 && lines.dropLast().allSatisfy { $0.count == 99 })
      try put("new\n", at: log)
      #expect(try LogTail.lines(of: log, from: 100_000) == ["new"])
    }
  }

  @Test("A log beyond its limit is moved aside while its writer keeps it open; three old ones are kept")
  func rotation() async throws {
    try await withFolder { folder async throws in
      let log = folder + "/log"
      let rotation = LogRotation(limit: 10, kept: 3)
      let descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
      defer { close(descriptor) }
      func write(_ text: String) { #expect(Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count) }
      write("short\n")
      #expect(try rotation.rotate(log) == false)
      for number in 1...5 {
        write("content number \(number)\n")
        #expect(try rotation.rotate(log))
      }
      write("after\n")
      #expect(try text(at: log) == "after\n")
      #expect(try Files.names(in: folder) == ["log", "log.1", "log.2", "log.3"])
      #expect(try (1...3).map { try text(at: "\(log).\($0)") } == [5, 4, 3].map { "content number \($0)\n" })
    }
  }

  @Test("Values of variables with secret names disappear from lines, whole and line by line")
  func redaction() {
    let redaction = Redaction(
      secrets: Redaction.secrets(in: [
        "API_KEY": "abcd1234", "DB_PASSWORD": "abcd1234efgh", "session_token": "pin", "CERT_SECRET": "first part\nsecond part",
        "MODEL": "tiny",
        "EMPTY_KEY": "",
      ]))
    #expect(redaction.apply(to: "key abcd1234efgh and abcd1234, model tiny") == "key [redacted] and [redacted], model tiny")
    #expect(redaction.apply(to: "see second part") == "see [redacted]")
    #expect(redaction.apply(to: "pin spinning t=pin") == "[redacted] spinning t=[redacted]")
  }

  @Test(
    "The password of a URL disappears wherever it stands",
    arguments: [
      ("connecting to postgres://app:hunter22@db:5432/x", "connecting to postgres://app:[redacted]@db:5432/x"),
      ("postgres://app:hun@ter@db/x", "postgres://app:[redacted]@db/x"), ("redis://:pw@cache", "redis://:[redacted]@cache"),
      ("a://u:p@h and b://v:q@i, c", "a://u:[redacted]@h and b://v:[redacted]@i, c"),
      (#"{"url":"amqp://u:p@h/"}"#, #"{"url":"amqp://u:[redacted]@h/"}"#),
      ("https://host:8080/a@b", "https://host:8080/a@b"), ("https://user@host/", "https://user@host/"), ("://", "://"),
      ("http://u:@h", "http://u:@h"), ("mail a:b@c", "mail a:b@c"), ("é://ü:ß@h", "é://ü:[redacted]@h"),
    ])
  func urlPasswords(line: String, expected: String) {
    #expect(Redaction().apply(to: line) == expected)
  }

  @Test("A password in the URL of any variable disappears by itself too, escaped and plain")
  func passwordsOfVariables() {
    let secrets = Redaction.secrets(in: ["DATABASE_URL": "postgres://app:hunter%3222@db/x", "MODEL": "tiny"])
    #expect(Redaction(secrets: secrets).apply(to: "no access with hunter%3222 or hunter222") == "no access with [redacted] or [redacted]")
  }

  @Test("A secret that a line is cut in is gone before the cut")
  func redactionBeforeCut() async throws {
    try await withFolder { folder in
      let log = folder + "/log"
      try Files.write(Array((String(repeating: "x", count: 395) + "abcd1234\n").utf8), to: log)
      let lines = try LogTail.lines(of: log, from: 0, without: Redaction(secrets: ["abcd1234"]))
      #expect(lines.map { $0.contains("abcd") } == [false])
    }
  }
}
