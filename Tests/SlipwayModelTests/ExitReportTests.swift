import Foundation
import SlipwayModel
import Testing

@Suite("Exit reports and observations")
struct ExitReportTests {
  private func report(_ status: String, _ intervention: ExitReport.Intervention? = nil, wasBound: Bool = true, _ lines: [String] = [])
    -> ExitReport
  {
    ExitReport(at: Timestamp(milliseconds: 0), status: status, intervention: intervention, wasBound: wasBound, lastLines: lines)
  }

  @Test("An account of an end is a whole predicate, with the last three lines if there are any")
  func accounts() {
    #expect(report("exit status 3").account == "ended with exit status 3")
    #expect(
      report("exit status 3", wasBound: false, ["a", "b", "c", "d"]).account
        == "ended with exit status 3 before it opened its port: b | c | d")
    #expect(
      report("stopped, since it did not listen at port 80 within 9s", .stopped, wasBound: false).account
        == "was stopped, since it did not listen at port 80 within 9s")
    #expect(report("not started: the disk is full", .notStarted, wasBound: false).account == "was not started: the disk is full")
  }

  @Test("Reports and observations from before these fields were there are still read")
  func older() throws {
    let old = #"{"at":"1970-01-01T00:00:00.000Z","status":"exit status 3","was_bound":true,"last_lines":[]}"#
    #expect(try JSONDecoder().decode(ExitReport.self, from: Data(old.utf8)) == report("exit status 3"))
    let slot = #"{"desired_replicas":2,"ready_replicas":1,"consecutive_failures":0,"restarts":0,"in_flight":0}"#
    #expect(
      try JSONDecoder().decode(SlotObservation.self, from: Data(slot.utf8)) == SlotObservation(desiredReplicas: 2, readyReplicas: 1))
  }

  @Test("A failed probe is why a slot is not ready, and is not told of one that is")
  func because() {
    let found = "GET /health answered 404 on replica 1"
    #expect(SlotObservation(desiredReplicas: 2, readyReplicas: 1, failedProbe: found).notReadyBecause == found)
    #expect(SlotObservation(desiredReplicas: 2, readyReplicas: 2, failedProbe: found).notReadyBecause == nil)
  }
}
