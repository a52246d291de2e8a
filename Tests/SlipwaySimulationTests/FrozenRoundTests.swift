import Foundation
import SlipwayModel
import SlipwaySimulation
import Testing

@Suite("What campaigns have found")
struct FrozenRoundTests {
  /// Each file is a round that once broke a rule, shrunk; its name says what was wrong.
  static let files: [String] = {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "FrozenRounds")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".json") }.sorted().map { folder.appending(path: $0).path }
  }()

  @Test("A round that once broke a rule breaks none", arguments: files)
  func whole(file: String) async throws {
    let round = try FrozenRound(json: Data(contentsOf: URL(filePath: file)))
    let report = await SimulatedScheduler.run { await round.run(on: $0) }
    #expect(report.violations == [], "\(round.name)")
    #expect(!report.rollouts.isEmpty)
  }

  @Test("There are such rounds")
  func present() {
    #expect(Self.files.count >= 15)
  }
}
