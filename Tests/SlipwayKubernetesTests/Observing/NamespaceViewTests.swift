import SlipwayModel
import SlipwayPorts
import Synchronization
import Testing

@testable import SlipwayKubernetes

/// A clock that the test puts forward; waiting takes its real time.
private final class SteppedClock: EngineClock {
  private let instant = Mutex(FastClock.origin)
  func now() -> Timestamp { instant.withLock { $0 } }
  func advance(by span: TimeSpan) { instant.withLock { $0 = $0 + span } }
  func sleep(for span: TimeSpan) async throws { try await Task.sleep(for: span.duration) }
}

@Suite("What is known of a namespace")
struct NamespaceViewTests {
  private func view(_ clock: SteppedClock) throws -> NamespaceView {
    let transport = try HTTPTransport(ClusterAccess(server: "http://127.0.0.1:1"), clock: clock, logger: quiet, environment: [:])
    let client = KubernetesClient(transport: transport, clock: clock, random: { 0.5 }, logger: quiet)
    // Nothing is asked of a server: the test tells the cache what a watch would.
    return NamespaceView(Name("shop")!, client: client, clock: clock) { _ in }
  }

  @Test("A watch that seems to be alive and has said nothing for more than 90 seconds counts for nothing, until it speaks again")
  func silent() async throws {
    let clock = SteppedClock()
    let view = try view(clock)
    view.cache(.pod).take(.listed([]))
    view.cache(.pod).take(.current)
    clock.advance(by: .seconds(90))
    try await view.require([.pod], within: .seconds(1))
    clock.advance(by: .seconds(1))
    let error = try await failure { try await view.require([.pod], within: .seconds(1)) }
    #expect(error.code == .clusterUnreachable)
    #expect(error.message.contains("pods of shop"))
    view.cache(.pod).take(.current)
    try await view.require([.pod], within: .seconds(1))
    await view.client.close()
  }

  @Test("What a broken watch told last counts for five seconds")
  func broken() async throws {
    let clock = SteppedClock()
    let view = try view(clock)
    view.cache(.pod).take(.listed([]))
    view.cache(.pod).take(.current)
    view.cache(.pod).take(.interrupted(.clusterBusy("busy")))
    clock.advance(by: .seconds(5))
    try await view.require([.pod], within: .seconds(1))
    clock.advance(by: .milliseconds(1))
    #expect(try await failure { try await view.require([.pod], within: .seconds(1)) } == .clusterBusy("busy"))
    await view.client.close()
  }
}
