/// The scenarios: 36 without a fault, nine harmless or outside the assumptions, 120 with a fault.
enum Catalogue {
  static let loads: [Double] = [5, 50, 500]
  static let errorShares: [Double] = [0.001, 0.01]

  static let scenarios: [Scenario] = nulls + harmless + errors + latencies + late

  private static let nuisances: [(String, Nuisances)] = [
    ("clean", []), ("drift", .drift), ("cold", .cold), ("burst", .burst), ("gaps", .gaps), ("all", .all),
  ]

  private static var nulls: [Scenario] {
    each(loads, errorShares) { load, share in
      nuisances.map { name, set in
        scenario("null_\(name)", load, share, canary: share, nuisances: set, kind: .null)
      }
    }
  }

  private static var harmless: [Scenario] {
    loads.flatMap { load in
      var tiny = scenario("tiny x1.1 lat1.02", load, 0.01, canary: 0.011, kind: .harmless)
      tiny.latencyFactor = 1.02
      var uneven = scenario("overdisp cv0.5", load, 0.01, canary: 0.01, kind: .harmless)
      uneven.overdispersion = 0.5
      return [scenario("better", load, 0.01, canary: 0.005, kind: .harmless), tiny, uneven]
    }
  }

  private static var errors: [Scenario] {
    each(loads, errorShares) { load, share in
      let faults: [(String, Double)] = [
        ("+0.5pp", share + 0.005), ("+1pp", share + 0.01), ("+2pp", share + 0.02), ("+5pp", share + 0.05), ("x2", share * 2),
        ("x5", share * 5), ("broken", 1),
      ]
      return faults.flatMap { name, canary in
        both("err\(name)") { scenario($0, load, share, canary: canary, nuisances: $1, kind: .faulty) }
      }
    }
  }

  private static var latencies: [Scenario] {
    loads.flatMap { load in
      let whole = [("1.1", 1.1), ("1.3", 1.3), ("2.0", 2), ("3.0", 3)].flatMap { name, factor in
        both("lat x\(name)") { name, nuisances in
          var slow = scenario(name, load, 0.001, canary: 0.001, nuisances: nuisances, kind: .faulty)
          slow.latencyFactor = factor
          return slow
        }
      }
      let tail = both("tail10 x5") { name, nuisances in
        var slow = scenario(name, load, 0.001, canary: 0.001, nuisances: nuisances, kind: .faulty)
        slow.latencyFactor = 5
        slow.slowShare = 0.1
        return slow
      }
      return whole + tail
    }
  }

  private static var late: [Scenario] {
    loads.flatMap { load in
      both("late120s +5pp") { name, nuisances in
        var late = scenario(name, load, 0.001, canary: 0.051, nuisances: nuisances, kind: .faulty)
        late.onset = 120
        return late
      }
    }
  }

  private static func both(_ name: String, _ make: (String, Nuisances) -> Scenario) -> [Scenario] {
    [make(name, []), make("\(name)+all", .all)]
  }

  private static func each(_ loads: [Double], _ shares: [Double], _ make: (Double, Double) -> [Scenario]) -> [Scenario] {
    loads.flatMap { load in shares.flatMap { make(load, $0) } }
  }

  private static func scenario(
    _ name: String, _ load: Double, _ share: Double, canary: Double, nuisances: Nuisances = [], kind: Scenario.Kind
  ) -> Scenario {
    var made = Scenario(
      name: name, requestsPerSecond: load, baselineErrors: share, canaryErrors: canary, nuisances: nuisances, kind: kind)
    made.name = "\(name)/\(made.traffic)"
    return made
  }
}
