import Testing

@testable import AnalysisBenchmark

@Suite("Kayenta's judge")
struct KayentaTests {
  @Test("The interval for the shift is the original's, down to where its solver stops", arguments: KayentaCase.all)
  func roots(_ known: KayentaCase) {
    let shift = MannWhitney(experiment: known.experiment, control: known.control).shift()
    #expect(abs(shift.lower - known.lower) <= 1e-9)
    #expect(abs(shift.estimate - known.estimate) <= 1e-9)
    #expect(abs(shift.upper - known.upper) <= 1e-9)
  }

  @Test("A series is High where the original calls it High", arguments: KayentaCase.all)
  func classes(_ known: KayentaCase) {
    #expect(series(known.experiment, known.control).isHigh == known.isHigh)
  }

  @Test("Equal series, single values and empty series pass; a clear rise is High; a fall is not")
  func edges() {
    #expect(!series([1, 2, 3], [3, 1, 2]).isHigh)
    #expect(!series([0, 0, 0], [0, 0]).isHigh)
    #expect(!series([.nan], [1, 2]).isHigh)
    #expect(series([100, 100, 100, 100, 100, 100], [0, 0, 0, 0, 0, 0]).isHigh)
    #expect(series((0..<12).map { 20 + Double($0) }, (0..<12).map(Double.init)).isHigh)
    #expect(!series((0..<12).map(Double.init), (0..<12).map { 20 + Double($0) }).isHigh)
  }

  @Test("Ranks are corrected for ties as in other programs")
  func ranks() {
    let tied = MannWhitney(experiment: [5, 5, 5, 5], control: [5, 5, 5, 6]).rankSum(shift: 0)
    #expect(abs(tied.excess - (6 - 8)) <= 1e-12)
    #expect(abs(tied.deviation - 2) <= 1e-12)
    let mixed = MannWhitney(experiment: [1.5, 2.5, 2.5, 9, 11, 4], control: [1, 1.5, 2.5, 3, 4, 5, 6]).rankSum(shift: 0)
    #expect(abs(mixed.excess - (25 - 21)) <= 1e-12)
    #expect(abs(mixed.deviation - 6.942067969438767) <= 1e-9)
  }

  private func series(_ experiment: [Double], _ control: [Double]) -> KayentaSeries {
    var series = KayentaSeries()
    for value in experiment { series.addExperiment(value) }
    for value in control { series.addControl(value) }
    return series
  }
}
