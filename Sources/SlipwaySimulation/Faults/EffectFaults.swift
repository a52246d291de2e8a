import SlipwayModel
import SlipwayPorts

/// What happens to an effect between engine and target.
extension World {
  /// The size of `effect-slow`: when it arrives, up to 10 seconds later, whether or not anybody still waits for it. Of
  /// `effect-hangs`: how long nothing is heard, up to 2 minutes; it never arrives. `effect-lost` and `effect-unanswered` end by the
  /// client's limit of 10 seconds, and only the second has arrived. The other kinds are refused by the target.
  func carryOut<Result>(
    _ operation: Operation, by server: Server, _ apply: @escaping () throws(SlipwayError) -> Result
  ) async throws -> Result {
    if let fault = struck(.crashBeforeEffect) { throw crash(server, fault) }
    try await obstruct()
    if let fault = struck(.effectSlow) {
      let arrival = Arrival(at: now + fault.share(of: .seconds(10))) { [self] () throws(SlipwayError) in
        try fence(operation)
        return try apply()
      }
      arrivals.append((arrival.at, { arrival.arrive() }))
      try await scheduler.sleep(until: arrival.at)
      catchUp()
      return try arrival.result.get()
    }
    try fence(operation)
    let result = try apply()
    if let fault = struck(.crashAfterEffect) { throw crash(server, fault) }
    if struck(.effectUnanswered) != nil {
      try await scheduler.sleep(until: now + .seconds(10))
      throw Self.noAnswer("the target did not answer within 10 s")
    }
    guard server.isAlive else { throw CancellationError() }
    return result
  }

  private func obstruct() async throws {
    if lasts(.targetUnreachable) != nil { throw Self.noAnswer("the target can't be reached") }
    if struck(.effectLost) != nil {
      try await scheduler.sleep(until: now + .seconds(10))
      throw Self.noAnswer("the target did not answer within 10 s")
    }
    if let fault = struck(.effectHangs) {
      try await scheduler.sleep(until: now + fault.share(of: .minutes(2)))
      throw Self.noAnswer("the connection was closed without an answer")
    }
    if struck(.effectConflict) != nil { throw Self.noAnswer("409: somebody else has just changed it") }
    if struck(.effectThrottled) != nil { throw Self.noAnswer("429: too many requests") }
    if struck(.effectRefused) != nil { throw Self.noAnswer("500: the target has a defect") }
  }

  static func noAnswer(_ message: String) -> SlipwayError {
    SlipwayError(.init("agent-unreachable"), .broken, message, remedy: "look at the target")
  }
}

/// A request that is still on its way when its sender may be gone.
final class Arrival<Result> {
  let at: Timestamp
  private(set) var result: Swift.Result<Result, SlipwayError>
  private let apply: () throws(SlipwayError) -> Result

  init(at: Timestamp, apply: @escaping () throws(SlipwayError) -> Result) {
    self.at = at
    self.apply = apply
    result = .failure(World.noAnswer("it has not arrived"))
  }

  func arrive() {
    do throws(SlipwayError) { result = .success(try apply()) } catch { result = .failure(error) }
  }
}
