import Foundation
import SlipwayGates
import SlipwayModel
import SlipwayPorts
import SlipwayReach
import Testing

@Suite("A gate that is a program")
struct CommandGateTests {
  private func ask(_ script: String, timeout: TimeSpan = .seconds(20)) async throws -> GateAnswer {
    let gates = Gates(timeout: timeout)
    let answer = try await gates.ask(Fixture.question(.command(["/bin/sh", "-c", script])))
    await gates.close()
    return answer
  }

  @Test(
    "The exit status is the answer",
    arguments: [
      (0, GateOutcome.passed, ""), (75, .pending, ""), (1, .failed, "exit status 1"), (74, .failed, "exit status 74"),
      (76, .failed, "exit status 76"), (125, .failed, "exit status 125"), (126, .unanswered, "exit status 126"),
      (127, .unanswered, "exit status 127"), (200, .unanswered, "exit status 200"),
    ])
  func status(status: Int, outcome: GateOutcome, words: String) async throws {
    #expect(try await ask("exit \(status)") == GateAnswer(outcome, words))
  }

  @Test("The end of what it prints is what it says; standard error is not")
  func words() async throws {
    #expect(try await ask("echo one; echo two; echo secret >&2; exit 1") == GateAnswer(.failed, "one two"))
    #expect(try await ask("echo open; exit 0") == GateAnswer(.passed, "open"))
    #expect(try await ask("echo later; exit 75") == GateAnswer(.pending, "later"))
    let long = try await ask("i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done; exit 1")
    #expect(long.words.hasSuffix("line 1999") && long.words.count <= GateAnswer.wordLimit)
  }

  @Test("It knows what it is asked about, runs in the folder of the file, and has nothing to read")
  func surroundings() async throws {
    let script =
      #"cat; echo "$SLIPWAY_GATE $SLIPWAY_SERVICE $SLIPWAY_ENVIRONMENT $SLIPWAY_VERSION $SLIPWAY_ROLLOUT $SLIPWAY_PLAN $SLIPWAY_BEFORE in $PWD""#
    let plan = Digest(hashing: "plan".utf8)
    let folder = URL(filePath: Fixture.folder).resolvingSymlinksInPath().path
    #expect(try await ask(script) == GateAnswer(.passed, "load-test api production v2 r7 \(plan) promotion in \(folder)"))
  }

  @Test("One that is killed, hangs or can't be started has not answered")
  func silence() async throws {
    #expect(try await ask("kill -9 $$") == GateAnswer(.unanswered, "it was ended by signal 9"))
    let began = ContinuousClock.now
    let hung = try await ask("sleep 60", timeout: .milliseconds(300))
    #expect(hung == GateAnswer(.unanswered, "it has not ended within 300ms, and was ended"))
    #expect(ContinuousClock.now - began < .seconds(50))
    let gates = Gates()
    let missing = try await gates.ask(Fixture.question(.command(["./no-such-program"])))
    #expect(missing == GateAnswer(.unanswered, "./no-such-program can't be started in \(Fixture.folder): No such file or directory"))
    await gates.close()
  }
}

enum Fixture {
  static let folder = FileManager.default.temporaryDirectory.path

  static func question(_ means: GateSpec.Means) -> GateQuestion {
    GateQuestion(
      gate: GateSpec(name: Name("load-test")!, before: .promotion, means: means), rollout: "r7",
      key: DeploymentKey(service: Name("api")!, environment: Name("production")!), version: Version("v2")!,
      plan: Digest(hashing: "plan".utf8), folder: folder)
  }
}
