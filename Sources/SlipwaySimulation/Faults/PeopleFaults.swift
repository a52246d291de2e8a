import SlipwayModel

/// People who do something that the scenario does not foresee.
extension World {
  /// The size says nothing. `changed-file` is a second deployment with another strategy in the file, `second-deploy` and
  /// `superseding-deploy` one of another version; intents are about the rollout that is under way. `approval-withdrawn` promotes it and
  /// within a second thinks better of it: pauses it for a while (below a third), or aborts it, above two thirds after a crash.
  func strikePeople(_ fault: Fault) async {
    let people = People(world: self)
    switch fault.kind {
    case .secondDeploy, .supersedingDeploy, .changedFile: await people.deployUnforeseen(fault)
    case .intentPause:
      // Whoever pauses a rollout goes on with it some time.
      await people.performOnNewest(.pause)
      do { try await scheduler.sleep(until: now + fault.share(of: .seconds(60))) } catch { return }
      await people.performOnNewest(.resume)
    case .intentResume: await people.performOnNewest(.resume)
    case .intentPromote: await people.performOnNewest(fault.size < 0.5 ? .promote : .promoteFully)
    case .intentAbort: await people.performOnNewest(.abort)
    case .intentRollback: await people.performOnNewest(.rollback)
    case .approvalWithdrawn: await withdrawApproval(fault, people)
    case _: break  // of another family
    }
  }

  private func withdrawApproval(_ fault: Fault, _ people: People) async {
    guard let id = people.newest else { return }
    await people.perform(.promote, on: id, reason: "approved")
    let third = Int(fault.size * 3)
    let pause = Int64((fault.size * 3 - Double(third)) * 1000)
    do { try await scheduler.sleep(until: now + .milliseconds(pause)) } catch { return }
    if third == 0 {
      await people.perform(.pause, on: id, reason: "withdrawn")
      do { try await scheduler.sleep(until: now + .seconds(15)) } catch { return }
      return await people.perform(.resume, on: id, reason: "approved after all")
    }
    if third == 2, let server { _ = crash(server, Fault(.crashAtInstant, at: fault.at, size: 0)) }
    await people.perform(.abort, on: id, reason: "withdrawn")
  }
}
