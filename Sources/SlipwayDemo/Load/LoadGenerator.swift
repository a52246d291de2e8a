import NIOCore
import NIOPosix
import SlipwayModel

/// Makes the load of a plan and counts what becomes of it. Runs once; its counters can be read while it runs.
///
///     let load = LoadGenerator(plan)
///     async let report = load.run()
///     … load.report.answers(of: "v2") …
///     load.stop()
///     print(try await report.failedRequests)
///
/// It does what a strict client would: nothing is ever sent twice, so a request that was written and got no whole answer
/// is a failure, whoever closed the connection. A connection that ends while no request is on it is none.
package final class LoadGenerator: Sendable {
  package let plan: LoadPlan
  private let shared: Shared

  /// The schedule begins now; call ``run()`` at once.
  package init(_ plan: LoadPlan) {
    let started = NIODeadline.now()
    self.plan = plan
    shared = Shared(plan: plan, tally: Tally(started: started), schedule: Schedule(plan, started: started))
  }

  /// The counters up to now.
  package var report: LoadReport { shared.tally.report(at: .now()) }

  /// Ends the load soon: requests that have begun are finished. May be called at any time and more than once.
  package func stop() { shared.schedule.stop() }

  /// Makes the load until its time or number is reached, or until ``stop()`` or the task is cancelled, and returns the
  /// final counters. Throws when the plan can't be carried out, or when the system refuses to end its threads.
  package func run() async throws -> LoadReport {
    try plan.check()
    let group = MultiThreadedEventLoopGroup(numberOfThreads: plan.threads)
    let shared = self.shared
    let crews = group.makeIterator().enumerated().map { number, loop in
      loop.flatSubmit { Crew(shared, on: loop, number: number).start() }
    }
    let report = try await withTaskCancellationHandler {
      for crew in crews { try await crew.get() }
      return self.report
    } onCancel: {
      stop()
    }
    try await group.shutdownGracefully()
    return report
  }
}

extension SlipwayError.Code {
  package static let loadPlan = Self("load-plan")
}

extension LoadPlan {
  /// Throws `load-plan` when a number is out of its bounds.
  package func check() throws(SlipwayError) {
    func require(_ condition: Bool, _ message: String, _ remedy: String) throws(SlipwayError) {
      if !condition { throw SlipwayError(.loadPlan, .input, message, remedy: remedy) }
    }
    try require((1...65_535).contains(port), "There is no port \(port)", "Give a port from 1 to 65535.")
    try require(threads >= 1, "A load needs a thread", "Give at least one thread.")
    try require(
      connections >= 0 && webSockets >= 0 && slowUploads >= 0, "A number of connections is negative", "Give zero or more.")
    try require((0...1).contains(keepAliveShare), "The share of kept connections is \(keepAliveShare)", "Give a share from 0 to 1.")
    try require(
      !requests.isEmpty && requests.allSatisfy { $0.weight >= 1 }, "No request has a weight",
      "Give at least one request of weight 1 or more.")
    if case .perSecond(let rate) = pace {
      try require(
        rate > 0 && rate <= 1_000_000, "A rate of \(rate) requests per second can't be kept", "Give a rate above 0 and up to 1000000.")
    }
  }
}
