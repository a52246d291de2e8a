// Choices with values are written as an object with one key, the choice's name: `{"canary": {…}}`, `{"percent": 5}`.

extension StrategySpec: Codable {
  private enum CodingKeys: String, CodingKey {
    case blueGreen = "blue_green"
    case canary
    case rolling
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.onlyKey() {
    case .blueGreen: self = .blueGreen(try container.decode(BlueGreenSpec.self, forKey: .blueGreen))
    case .canary: self = .canary(try container.decode(CanarySpec.self, forKey: .canary))
    case .rolling: self = .rolling(try container.decode(RollingSpec.self, forKey: .rolling))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .blueGreen(let spec): try container.encode(spec, forKey: .blueGreen)
    case .canary(let spec): try container.encode(spec, forKey: .canary)
    case .rolling(let spec): try container.encode(spec, forKey: .rolling)
    }
  }
}

extension Bound: Codable {
  private enum CodingKeys: String, CodingKey {
    case percentage = "percent"
    case time = "time_ms"
    case baseline = "times_baseline"
    case number
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.onlyKey() {
    case .percentage: self = .percentage(try container.decode(Percentage.self, forKey: .percentage))
    case .time: self = .time(try container.decode(TimeSpan.self, forKey: .time))
    case .baseline: self = .baseline(try container.decode(Double.self, forKey: .baseline))
    case .number: self = .number(try container.decode(Double.self, forKey: .number))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .percentage(let value): try container.encode(value, forKey: .percentage)
    case .time(let value): try container.encode(value, forKey: .time)
    case .baseline(let factor): try container.encode(factor, forKey: .baseline)
    case .number(let value): try container.encode(value, forKey: .number)
    }
  }
}

extension ReplicaAmount: Codable {
  private enum CodingKeys: String, CodingKey {
    case count
    case share = "percent"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.onlyKey() {
    case .count: self = .count(try container.decode(Int.self, forKey: .count))
    case .share: self = .share(try container.decode(Percentage.self, forKey: .share))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .count(let count): try container.encode(count, forKey: .count)
    case .share(let share): try container.encode(share, forKey: .share)
    }
  }
}

extension KeyedDecodingContainer {
  /// The single key of an object that stands for one of several choices.
  fileprivate func onlyKey() throws -> Key {
    guard let key = allKeys.first, allKeys.count == 1 else {
      throw DecodingError.dataCorrupted(.init(codingPath: codingPath, debugDescription: "an object with exactly one known key is expected"))
    }
    return key
  }
}
