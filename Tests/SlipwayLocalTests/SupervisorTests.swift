import Foundation
import SlipwayModel
import SlipwayPorts
import Testing

@testable import SlipwayLocal

@Suite("Supervisor")
struct SupervisorTests {
  @Test("A workload is started, becomes ready and answers through the proxy once it has traffic")
  func starts() async throws {
    try await Machine.run { machine in
      let workload = try await machine.workload(replicas: 2, variables: ["VERSION": "v1"])
      try await machine.ensure(workload)
      try await machine.untilReady(.blue, 2)
      let seen = try await machine.target.observe(machine.key)
      #expect(seen.blue.release == workload.release && seen.blue.desiredReplicas == 2 && seen.blue.restarts == 0)
      #expect(seen.blue.readySince != nil && seen.green == SlotObservation() && seen.split == TrafficSplit.none)
      #expect(try await machine.ask()?.status == 503)
      try await machine.apply(.all(to: .blue))
      #expect(try await machine.ask() == Machine.Answer(status: 200, version: "v1"))
      #expect(try await machine.target.observe(machine.key).split == .all(to: .blue))
      let ports = Set(try await machine.report()?.processes.map(\.port) ?? [])
      #expect(ports.count == 2)
    }
  }

  @Test("The same workload again starts nothing and restarts nothing")
  func idempotent() async throws {
    try await Machine.run { machine in
      let workload = try await machine.workload()
      try await machine.ensure(workload)
      try await machine.untilReady()
      let pids = try await machine.pids()
      try await machine.ensure(workload)
      try await machine.ensure(workload, epoch: 2)
      try await Task.sleep(for: .milliseconds(300))
      #expect(try await machine.pids() == pids)
      #expect(try await machine.events(.started).count == 1)
    }
  }

  @Test("A process that dies before it listens is reported with status and last lines, and tried again on another port")
  func diesBeforeBinding() async throws {
    try await Machine.run { machine in
      let run = "echo starting with $DB_PASSWORD; echo no model file >&2; exit 3"
      try await machine.ensure(try await machine.workload(run: run, variables: ["DB_PASSWORD": "hunter22"]))
      try await eventually("it was restarted") { try await machine.events(.started).count >= 2 }
      let seen = try await machine.target.observe(machine.key).blue
      #expect(seen.restarts >= 1 && seen.readyReplicas == 0)
      #expect(seen.lastExit?.status == "exit status 3" && seen.lastExit?.wasBound == false)
      #expect(seen.lastExit?.lastLines == ["starting with [redacted]", "no model file"])
      let event = try #require(try await machine.events(.exitedBeforeBound).first)
      #expect(event.exit?.lastLines == ["starting with [redacted]", "no model file"] && event.replica == 0)
      #expect(event.message.contains("exit status 3") && event.message.contains("before it listened"))
    }
  }

  @Test("A crash loop is named as one, and each restart waits longer")
  func crashLoop() async throws {
    try await Machine.run { machine in
      try await machine.ensure(try await machine.workload(run: "exit 1"))
      try await eventually("a crash loop is told") { try await machine.events(.crashLoop).count >= 2 }
      let starts = try await machine.events(.started).map(\.at)
      let waits = zip(starts.dropFirst(), starts).map { $0 - $1 }
      #expect(waits.count >= 3)
      for (wait, least) in zip(waits, [200, 400, 800]) { #expect(wait >= .milliseconds(Int64(least))) }
      #expect(try await machine.events(.crashLoop).first?.message.contains("3 times in a row") == true)
    }
  }

  @Test("A process that listens late gets no traffic until it does, and is told of after five seconds")
  func listensLate() async throws {
    try await Machine.run { machine in
      try await machine.ensure(try await machine.workload(variables: ["START_DELAY_MS": "8000"]))
      try await Task.sleep(for: .seconds(1))
      #expect(try await machine.report()?.processes.map(\.bound) == [false])
      try await eventually("its lateness is told") { try await machine.events(.boundLate).count == 1 }
      try await machine.untilReady()
      #expect(try await machine.target.observe(machine.key).blue.restarts == 0)
    }
  }

  @Test("A process that never listens is stopped after its start-up time and started again")
  func neverListens() async throws {
    try await Machine.run { machine in
      try await machine.ensure(try await machine.workload(run: "echo sleeping; sleep 60", startupTimeout: .milliseconds(600)))
      try await eventually("it was started again") { try await machine.events(.started).count >= 2 }
      let event = try #require(try await machine.events(.neverBound).first)
      #expect(event.exit?.lastLines == ["sleeping"] && event.message.contains("within 600ms"))
      #expect(try await machine.target.observe(machine.key).blue.restarts >= 1)
    }
  }

  @Test("A process that listens and no longer answers is stopped and started again")
  func hangs() async throws {
    try await Machine.run { machine in
      try await machine.ensure(try await machine.workload())
      try await machine.untilReady()
      let pid = try #require(try await machine.pids().first)
      #expect(try await machine.target.observe(machine.key).blue.consecutiveFailures == 0)
      kill(pid_t(pid), SIGSTOP)
      try await eventually("failed probes are counted") { try await machine.target.observe(machine.key).blue.consecutiveFailures > 0 }
      try await eventually(within: .seconds(30), "it is replaced") { try await machine.pids().last.map { $0 != pid } ?? false }
      let event = try #require(try await machine.events(.unresponsive).first)
      #expect(event.message.contains("/health failed 3 times in a row"))
      try await eventually("the hung one is gone") { ProcessTable.status(of: pid_t(pid))?.hasEnded ?? true }
      #expect(try await machine.target.observe(machine.key).blue.restarts == 1)
    }
  }

  @Test("A process that says it is not ready gets no traffic and is left running")
  func notReady() async throws {
    try await Machine.run { machine in
      try await machine.ensure(try await machine.workload(variables: ["NEVER_READY": "1"]))
      try await eventually("it listens") { try await machine.report()?.processes.first?.bound == true }
      try await Task.sleep(for: .seconds(1))
      try await machine.apply(.all(to: .blue))
      #expect(try await machine.ask()?.status == 503)
      let seen = try await machine.target.observe(machine.key).blue
      #expect(seen.restarts == 0 && seen.readyReplicas == 0 && seen.readySince == nil)
      // It has never been ready: it is starting, and not failing.
      #expect(seen.consecutiveFailures == 0)
    }
  }

  @Test("A release that was retired while it crashed begins anew when it comes again")
  func historyEnds() async throws {
    try await Machine.run { machine in
      let workload = try await machine.workload(run: "exit 1")
      try await machine.ensure(workload)
      try await eventually("it crashes") { try await machine.target.observe(machine.key).blue.restarts >= 3 }
      try await machine.retire(.blue)
      #expect(try await machine.target.observe(machine.key).blue == SlotObservation())
      try await machine.ensure(workload)
      #expect(try await machine.target.observe(machine.key).blue.restarts < 3)
    }
  }

  @Test("The proxy's figures arrive through the target")
  func metrics() async throws {
    try await Machine.run { machine in
      try await machine.ensure(try await machine.workload())
      try await machine.untilReady()
      try await machine.apply(.all(to: .blue))
      for _ in 0..<5 { _ = try await machine.ask() }
      let zero = Timestamp(milliseconds: 0)
      try await eventually("they are counted") {
        let figures = try await machine.target.read(machine.key, as: nil, since: zero).intervals.reduce(into: SlotFigures()) {
          $0.add($1.blue)
        }
        return figures.requests == 5 && figures.errors == 0 && figures.latency.total == 5
      }
      let asOf = try #require(try await machine.target.read(machine.key, as: nil, since: zero).asOf)
      #expect(try await machine.target.read(machine.key, as: nil, since: asOf + .minutes(5)).intervals == [])
    }
  }

  @Test("An address that is in use is told, and the split stays as it was")
  func portInUse() async throws {
    try await Machine.run { machine in
      try await machine.ensure(try await machine.workload())
      try await machine.untilReady()
      let taken = try #require(try await machine.report()?.processes.first?.port)
      let refused = try await code {
        try await machine.target.apply(
          .all(to: .blue), for: machine.key, listen: ListenAddress(host: "127.0.0.1", port: taken), sticky: false, machine.operation())
      }
      #expect(refused == "port-in-use")
      #expect(try await machine.target.observe(machine.key).split == TrafficSplit.none)
    }
  }

  @Test("A process that is killed is started again, and its report names the signal")
  func killed() async throws {
    try await Machine.run { machine in
      try await machine.ensure(try await machine.workload())
      try await machine.untilReady()
      let pid = try #require(try await machine.pids().first)
      kill(pid_t(pid), SIGKILL)
      try await eventually("it is replaced") { try await machine.pids().first.map { $0 != pid } ?? false }
      try await machine.untilReady()
      let seen = try await machine.target.observe(machine.key).blue
      #expect(seen.restarts == 1 && seen.lastExit?.status == "signal 9 (SIGKILL)" && seen.lastExit?.wasBound == true)
    }
  }

  @Test("Retiring ends a process that ignores SIGTERM with SIGKILL, and says so")
  func ignoresTerm() async throws {
    try await Machine.run { machine in
      let shutdown = ShutdownSpec(drain: .zero, grace: .milliseconds(300))
      let run = "echo $API_TOKEN; \"$ANSWER\""
      let variables = ["IGNORE_TERM": "1", "API_TOKEN": "s3cr3t99"]
      try await machine.ensure(try await machine.workload(run: "trap '' TERM; " + run, variables: variables, shutdown: shutdown))
      try await machine.untilReady()
      try await machine.retire(.blue)
      #expect(try machine.processes().isEmpty)
      let killed = try #require(try await machine.events(.killed).first)
      #expect(killed.message.contains("did not end within 300ms after SIGTERM"))
      #expect(killed.exit?.lastLines.first == "[redacted]")
      #expect(try await machine.agent.log(of: machine.key, slot: .blue, replica: 0).first == "[redacted]")
      #expect(try await machine.events(.stopped).first?.message.contains("no request was still open") == true)
      #expect(try await machine.target.observe(machine.key).blue == SlotObservation())
    }
  }

  @Test(
    "Requests under way are finished while a slot is retired; after draining the process may end them itself, and its end ends the rest")
  func drains() async throws {
    try await Machine.run { machine in
      let cases: [(drain: TimeSpan, grace: TimeSpan, ignoresTerm: String, status: Int, told: String)] = [
        (.seconds(5), .seconds(2), "0", 200, "no request was still open"),
        (.milliseconds(300), .seconds(4), "0", 200, "1 request was still open"),
        (.milliseconds(300), .milliseconds(200), "1", 502, "1 request was still open"),
      ]
      for (drain, grace, ignoresTerm, status, told) in cases {
        let shutdown = ShutdownSpec(drain: drain, grace: grace)
        let variables = ["LATENCY_MS": "1500", "IGNORE_TERM": ignoresTerm]
        try await machine.ensure(try await machine.workload("v1", variables: variables, shutdown: shutdown))
        try await machine.ensure(try await machine.workload("v2", slot: .green))
        try await machine.untilReady(.blue)
        try await machine.untilReady(.green)
        try await machine.apply(.all(to: .blue))
        try await withThrowingTaskGroup(of: Machine.Answer?.self) { group in
          group.addTask { try await machine.ask("/v1/answers?q=why") }
          try await eventually("the request is under way") { try await machine.target.observe(machine.key).blue.inFlight == 1 }
          try await machine.apply(.all(to: .green))
          try await machine.retire(.blue)
          let answer = try await group.next() ?? nil
          #expect(answer?.status == status)
        }
        #expect(try await machine.events(.stopped).last?.message.contains(told) == true)
      }
    }
  }

  @Test("Stopping reaches what a replica has started, even in the background or outside its group")
  func grandchildren() async throws {
    try await Machine.run { machine in
      let run = "sleep 300 & setsid sleep 301 & trap '' TERM; \"$ANSWER\""
      let shutdown = ShutdownSpec(drain: .zero, grace: .milliseconds(200))
      try await machine.ensure(try await machine.workload(run: run, variables: ["IGNORE_TERM": "1"], shutdown: shutdown))
      try await machine.untilReady()
      #expect(try machine.processes().count >= 3)
      try await machine.retire(.blue)
      #expect(try machine.processes().isEmpty)
    }
  }

  @Test("What a process leaves behind when it dies by itself is ended too")
  func leftovers() async throws {
    try await Machine.run { machine in
      try await machine.ensure(try await machine.workload(run: "sleep 300 & exit 4"))
      try await eventually("the rest was killed") { try await !machine.events(.leftoversKilled).isEmpty }
      try await machine.retire(.blue)
      #expect(try machine.processes().isEmpty)
    }
  }

  @Test("Replicas are added and taken away one by one")
  func scales() async throws {
    try await Machine.run { machine in
      try await machine.ensure(try await machine.workload(replicas: 1))
      try await machine.untilReady(.blue, 1)
      let first = try await machine.pids()
      try await machine.ensure(try await machine.workload(replicas: 3))
      try await machine.untilReady(.blue, 3)
      #expect(try await machine.pids().contains(first[0]))
      try await machine.ensure(try await machine.workload(replicas: 1))
      try await eventually("two are gone") { try await machine.pids() == first }
      #expect(try machine.processes().count == 1)
    }
  }

  @Test("Another release in a slot with traffic serves only when it is ready, and the old one goes then")
  func replaces() async throws {
    try await Machine.run { machine in
      try await machine.ensure(try await machine.workload("v1", variables: ["VERSION": "v1"]))
      try await machine.untilReady()
      try await machine.apply(.all(to: .blue))
      try await machine.ensure(try await machine.workload("v2", variables: ["VERSION": "v2", "READY_DELAY_MS": "700"]))
      var versions: [String] = []
      try await eventually("the new one answers") {
        let answer = try await machine.ask()
        #expect(answer?.status == 200)
        versions.append(answer?.version ?? "none")
        return versions.last == "v2"
      }
      #expect(versions.first == "v1")
      try await eventually("the old one is gone") { try machine.processes().count == 1 }
      #expect(try await machine.target.observe(machine.key).blue.release?.version == Version("v2"))
    }
  }

  @Test("Lesson 3: a slot that gets traffic is neither retired nor scaled to nothing")
  func guardsTraffic() async throws {
    try await Machine.run { machine in
      try await machine.ensure(try await machine.workload("v1"))
      try await machine.untilReady()
      try await machine.apply(.all(to: .blue))
      #expect(try await code { try await machine.retire(.blue) } == "slot-has-traffic")
      let nothing = try await machine.workload("v1", replicas: 0)
      #expect(try await code { try await machine.ensure(nothing) } == "slot-has-traffic")
      #expect(try await code { try await machine.apply(.all(to: .green)) } == "slot-empty")
      #expect(try await machine.ask()?.status == 200)
      try await machine.ensure(try await machine.workload("v2", slot: .green))
      try await machine.untilReady(.green)
      try await machine.apply(.all(to: .green))
      try await machine.retire(.blue)
      #expect(try await machine.ask()?.status == 200)
    }
  }

  @Test("A writer with an older epoch is refused, whatever it asks for")
  func fencing() async throws {
    try await Machine.run { machine in
      let workload = try await machine.workload()
      try await machine.ensure(workload, epoch: 7)
      try await machine.ensure(workload, epoch: 7)
      let codes = [
        try await code { try await machine.ensure(workload, epoch: 6) }, try await code { try await machine.retire(.blue, epoch: 6) },
        try await code { try await machine.apply(.none, epoch: 6) },
      ]
      #expect(codes == ["stale-epoch", "stale-epoch", "stale-epoch"])
      #expect(try await machine.pids().count == 1)
    }
  }

  @Test("A call that a later one of the same writer has overtaken is refused; the same one may be repeated")
  func overtakenCall() async throws {
    try await Machine.run { machine in
      let workload = try await machine.workload()
      try await machine.ensure(workload, epoch: 7, sequence: 2)
      try await machine.ensure(workload, epoch: 7, sequence: 2)
      let codes = [
        try await code { try await machine.ensure(workload, epoch: 7, sequence: 1) },
        try await code { try await machine.retire(.blue, epoch: 7, sequence: 1) },
        try await code { try await machine.apply(.none, epoch: 7, sequence: 1) },
      ]
      #expect(codes == ["stale-call", "stale-call", "stale-call"])
      try await machine.apply(.none, epoch: 8, sequence: 0)
    }
  }

  @Test("A release whose files were changed is not started")
  func tampered() async throws {
    try await Machine.run { machine in
      let workload = try await machine.workload()
      let file = machine.state + "/releases/api/v1/files/file"
      #expect(chmod(file, 0o644) == 0)
      try put("other", at: machine.folder + "/other")
      #expect(chmod(machine.state + "/releases/api/v1/files", 0o755) == 0)
      #expect(rename(machine.folder + "/other", file) == 0)
      #expect(try await code { try await machine.ensure(workload) } == "release-tampered")
      #expect(try machine.processes().isEmpty)
    }
  }

  @Test("A replica's output is kept in its log, rotated, and can be asked for without secrets")
  func logs() async throws {
    try await Machine.run(rotation: LogRotation(limit: 4000, kept: 3)) { machine in
      let run = "echo token $API_TOKEN; i=0; while [ $i -lt 300 ]; do echo line $i of the output; i=$((i+1)); done; \"$ANSWER\""
      try await machine.ensure(try await machine.workload(run: run, variables: ["API_TOKEN": "s3cr3t99"]))
      try await machine.untilReady()
      let log = try StateFolder(machine.state).log(of: machine.key, slot: .blue, replica: 0)
      try await eventually("it was rotated") { try FileStatus(log + ".1") != nil }
      let parts = [".3", ".2", ".1", ""].map { log + $0 }
      let all = try parts.map { String(decoding: try Files.read($0) ?? [], as: UTF8.self) }.joined()
      #expect(all.hasPrefix("token s3cr3t99\nline 0 of the output\n"))
      try await machine.retire(.blue)
      #expect(try await machine.agent.log(of: machine.key, slot: .blue, replica: 0, lines: 1).count == 1)
    }
  }
}
