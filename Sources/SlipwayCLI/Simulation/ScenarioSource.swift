import Foundation
import SlipwayConfig
import SlipwayModel
import SlipwaySimulation

/// A scenario file that a user wrote.
struct ScenarioSource: Sendable {
  let scenario: ScenarioSpec
  /// Warnings with their places; empty when there are none.
  let report: String

  /// - Throws: ``CommandFailure`` of kind input, with every mistake's place and remedy.
  init(path: String) throws {
    let bytes: [UInt8]
    do {
      bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: PlaceOptions.absolute(path))))
    } catch {
      throw SlipwayError(
        .noScenario, .input, "the scenario file \(path) can't be read", remedy: "check the path; docs/simulate.md shows such a file",
        cause: error)
    }
    let file = ScenarioFile(bytes: bytes, file: path)
    guard let scenario = file.scenario else {
      throw CommandFailure(
        SlipwayError(
          .invalidScenario, .input, "\(path) has mistakes", remedy: "correct the places named; docs/simulate.md describes every key"),
        details: file.report + "\n", mistakes: file.diagnostics.map(Mistake.init))
    }
    self.scenario = scenario
    report = file.report
  }

  /// The catalogue, unless the file goes without it, and the file's own releases.
  func trials(for experiment: Experiment, faults: [FaultGroup]) -> [Trial] {
    let catalogue = Catalogue(plan: experiment.plan, traffic: experiment.traffic, faults: faults)
    return (scenario.usesCatalogue ? catalogue.trials : catalogue.infrastructure)
      + scenario.releases.map { $0.trial(errorRate: experiment.traffic.errorRate) }
  }
}

extension ScenarioSpec.OwnRelease {
  /// - Parameter errorRate: that of the live version, for a release that states none.
  func trial(errorRate live: Double) -> Trial {
    let model = ReleaseModel(
      startup: neverReady ? nil : startup ?? ReleaseModel().startup, errorRate: errorRate?.ratio ?? live, latencyFactor: latencyFactor ?? 1,
      lateFault: lateFault.map { .init(after: $0.after, errorRate: $0.errorRate.ratio) },
      leak: leak.map { .init(errorsPerMinute: $0.errorsPerMinute.ratio, latencyPerMinute: $0.latencyPerMinute) },
      coldStart: coldStart.map { .init(length: $0.length, latencyFactor: $0.latencyFactor) },
      crash: crash.map { .init($0.beforeBind ? .beforeBind : .afterBind, after: $0.after, times: $0.times) },
      metricGaps: metricGaps?.ratio ?? 0)
    let words = name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "_" }.joined()
    let expectation: Trial.Expectation =
      switch expected {
      case .promote: .promote
      case .goBack: .goBack
      case nil: .either
      }
    return Trial(
      id: "own_" + words, title: name, plural: "releases of the kind '\(name)'", release: model, trafficFactor: trafficFactor ?? 1,
      expectation: expectation, excuse: "the scenario says nothing about what they should do")
  }
}

extension SlipwayError.Code {
  static let noScenario = SlipwayError.Code("no-scenario")
  static let invalidScenario = SlipwayError.Code("invalid-scenario")
}
