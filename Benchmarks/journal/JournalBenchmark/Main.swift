import Foundation

/// Measures the journal, or writes to it until it is killed:
///
///     journal-benchmark measure [seconds of writing] [entries to verify]
///     journal-benchmark append FOLDER [writers]
@main
enum JournalBenchmark {
  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    let numbers = arguments.compactMap { Int64($0) }
    switch arguments.first {
    case "measure":
      try await Measurement(seconds: numbers.first ?? 5, entries: numbers.count > 1 ? numbers[1] : 500_000).run()
    case "append":
      guard let folder = arguments.dropFirst().first else { fallthrough }
      do {
        try await appendForever(folder: folder, writers: Int(numbers.first ?? 16))
      } catch {
        FileHandle.standardError.write(Data("\(error)\n".utf8))
        exit(1)
      }
    default:
      FileHandle.standardError.write(Data("usage: journal-benchmark measure [SECONDS] [ENTRIES] | append FOLDER [WRITERS]\n".utf8))
      exit(2)
    }
  }
}
