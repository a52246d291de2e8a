/// A share from 0 % to 100 %, exact to a hundredth of a percent. In JSON a number of percent: `10`, `2.5`.
package struct Percentage: Hashable, Comparable, Sendable {
  /// Hundredths of a percent, 0...10 000.
  package let basisPoints: Int

  /// `nil` outside 0...10 000.
  package init?(basisPoints: Int) {
    guard (0...10_000).contains(basisPoints) else { return nil }
    self.basisPoints = basisPoints
  }

  /// `nil` outside 0...100; rounded to the nearest hundredth of a percent.
  package init?(percent: Double) {
    guard percent >= 0, percent <= 100 else { return nil }
    self.init(basisPoints: Int((percent * 100).rounded()))
  }

  private init(valid basisPoints: Int) {
    self.basisPoints = basisPoints
  }

  /// 0 %.
  package static let zero = Percentage(valid: 0)
  /// 100 %.
  package static let hundred = Percentage(valid: 10_000)

  /// What is left of 100 %.
  package var complement: Percentage { Percentage(valid: 10_000 - basisPoints) }
  /// In percent, 0...100.
  package var percent: Double { Double(basisPoints) / 100 }
  /// As a ratio, 0...1.
  @inlinable package var ratio: Double { Double(basisPoints) / 10_000 }

  @inlinable package static func < (a: Percentage, b: Percentage) -> Bool { a.basisPoints < b.basisPoints }
}

extension Percentage: CustomStringConvertible {
  /// `10%`, `2.5%`, `0.25%`.
  package var description: String {
    let whole = basisPoints / 100
    let rest = basisPoints % 100
    if rest == 0 { return "\(whole)%" }
    return rest % 10 == 0 ? "\(whole).\(rest / 10)%" : "\(whole).\(rest < 10 ? "0" : "")\(rest)%"
  }
}

extension Percentage: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let percent = try container.decode(Double.self)
    guard let value = Percentage(percent: percent) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a percentage from 0 to 100: \(percent)")
    }
    self = value
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if basisPoints % 100 == 0 { try container.encode(basisPoints / 100) } else { try container.encode(percent) }
  }
}
