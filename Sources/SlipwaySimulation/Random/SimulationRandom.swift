/// Randomness of a simulated world: the same seed and purpose give the same numbers on every machine.
///
/// The generator is xoshiro256** by Blackman and Vigna ("Scrambled linear pseudorandom number generators", 2021), its state
/// filled by SplitMix64 (Steele et al., "Fast splittable pseudorandom number generators", 2014). Each purpose has a stream of
/// its own, so that one more draw in one place does not shift the numbers of all others.
package struct SimulationRandom: RandomNumberGenerator, Sendable {
  /// What numbers are drawn for.
  package enum Purpose: UInt64, CaseIterable, Sendable {
    case traffic = 1
    case latency
    case errors
    case target
    case people
    case faults
    case campaign
    case notices
    case gates
  }

  private var a: UInt64
  private var b: UInt64
  private var c: UInt64
  private var d: UInt64
  /// The newest mean of a Poisson number and e^-mean: most seconds expect as many requests as the one before.
  var latest = (mean: 0.0, limit: 1.0)

  package init(seed: UInt64, purpose: Purpose) {
    var mixer = SplitMix64(state: seed)
    var stream = SplitMix64(state: mixer.next() ^ (purpose.rawValue &* 0xd1b5_4a32_d192_ed03))
    (a, b, c, d) = (stream.next(), stream.next(), stream.next(), stream.next())
  }

  package mutating func next() -> UInt64 {
    let result = rotated(b &* 5, by: 7) &* 9
    let shifted = b << 17
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotated(d, by: 45)
    return result
  }

  private func rotated(_ value: UInt64, by bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }
}

/// A sequence that turns any seed, also a small one, into well mixed numbers.
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

extension SimulationRandom {
  /// Evenly spread in 0..<1, in steps of 2⁻⁵³.
  package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// True with this probability.
  package mutating func chance(_ probability: Double) -> Bool { unit() < probability }

  /// Evenly spread over a range; its lower bound when it is empty.
  package mutating func whole(in range: ClosedRange<Int>) -> Int {
    // Lemire's multiplication without the rejection: its bias, 2⁻⁶⁴ times the width, is nothing here.
    let width = UInt64(range.upperBound - range.lowerBound) + 1
    return range.lowerBound + Int(next().multipliedFullWidth(by: width).high)
  }
}
