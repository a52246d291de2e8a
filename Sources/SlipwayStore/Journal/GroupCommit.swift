import Dispatch
import SlipwayModel
import Synchronization

/// A caller's wish to write: what to do inside the transaction, and whom to tell.
struct WriteJob: Sendable {
  /// Does the work and returns what to tell the caller when the transaction has been committed. When it throws before it has
  /// written anything, only this job fails.
  let perform: @Sendable (WriteTransaction) throws -> @Sendable (CommitNews) -> Void
  /// Tells the caller that nothing of its work was written.
  let fail: @Sendable (SlipwayError) -> Void
}

/// What there is to say about a commit beyond that it happened.
struct CommitNews: Sendable {
  /// Why the newest checkpoint is not in `checkpoints.log` yet; it is tried again with the next commit.
  let checkpointLogFailure: SlipwayError?
}

/// Lets all who want to write at the same time share one transaction, and so one wait for the disk.
///
/// One queue writes. While it waits for the disk new jobs gather; when it is done it takes them all at once. Nobody waits for
/// a timer: a lone writer is served at once, a hundred share.
final class GroupCommit: Sendable {
  private struct State {
    var jobs: [WriteJob] = []
    var isDraining = false
    var isClosed = false
  }

  /// A transaction takes no more jobs than this, so that none waits long for the others' work.
  private static let maximumJobs = 1024

  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "slipway.journal.writer", qos: .userInitiated)
  private let commit: @Sendable ([WriteJob]) -> Void

  /// - Parameter commit: runs all jobs in one transaction and answers each. Never called twice at the same time.
  init(commit: @escaping @Sendable ([WriteJob]) -> Void) {
    self.commit = commit
  }

  func submit(_ job: WriteJob) {
    let action = state.withLock { state -> (refuse: Bool, start: Bool) in
      if state.isClosed { return (true, false) }
      state.jobs.append(job)
      defer { state.isDraining = true }
      return (false, !state.isDraining)
    }
    if action.refuse { job.fail(.journalClosed) }
    if action.start { queue.async { self.drain() } }
  }

  /// Refuses new jobs, lets those that wait be done, then does the last thing on the writing queue.
  func close(_ last: @escaping @Sendable () -> Void) {
    state.withLock { $0.isClosed = true }
    // The queue is serial: whatever drains now, or is scheduled, is done before.
    queue.async(execute: last)
  }

  private func drain() {
    while let jobs = take() { commit(jobs) }
  }

  private func take() -> [WriteJob]? {
    state.withLock { state in
      if state.jobs.isEmpty {
        state.isDraining = false
        return nil
      }
      let jobs = Array(state.jobs.prefix(Self.maximumJobs))
      state.jobs.removeFirst(jobs.count)
      return jobs
    }
  }
}
