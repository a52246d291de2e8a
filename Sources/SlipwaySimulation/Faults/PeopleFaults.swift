import SlipwayModel

/// People who do something that the scenario does not foresee.
extension World {
  /// The size says nothing. `changed-file` is a second deployment with another strategy in the file, `second-deploy` and
  /// `superseding-deploy` one of another version; intents are about the rollout that is under way.
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
    case _: break  // of another family
    }
  }
}
