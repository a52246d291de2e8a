/// An amount of a resource as Kubernetes writes it: `500m`, `2`, `1.5Gi`, `1e3` (k8s.io/apimachinery, `resource.Quantity`).
package struct Quantity: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// In billionths, the smallest part that the API keeps; what is smaller counts as one.
  private let nano: Int128

  private init(nano: Int128) { self.nano = nano }

  package static let zero = Quantity(nano: 0)

  package init(_ whole: Int) { nano = Int128(whole) * Self.one }

  private static let one: Int128 = 1_000_000_000
  private static let decimal: [(suffix: String, exponent: Int)] = [
    ("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18),
  ]
  private static let binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]

  /// `nil` for what is no amount, is negative, or is more than the API takes (2⁶³ − 1).
  package init?(_ text: String) {
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "+") }
    let suffix = String(text[number.endIndex...])
    let digits = number.hasPrefix("+") ? number.dropFirst() : number
    let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), digits.contains(where: \.isNumber), digits.count <= 30, !digits.contains("+") else { return nil }
    let fraction = parts.count == 2 ? parts[1] : ""
    guard let mantissa = Int128(String(parts[0]) + fraction) else { return nil }
    let value: Int128?
    if let index = Self.binary.firstIndex(of: suffix) {
      value = Self.scaled(mantissa, by: 1 << (10 * Int128(index + 1)), tens: 9 - fraction.count)
    } else if let unit = Self.decimal.first(where: { $0.suffix == suffix }) {
      value = Self.scaled(mantissa, by: 1, tens: 9 + unit.exponent - fraction.count)
    } else if let first = suffix.first, first == "e" || first == "E", let exponent = Int(suffix.dropFirst()), abs(exponent) <= 30 {
      value = Self.scaled(mantissa, by: 1, tens: 9 + exponent - fraction.count)
    } else {
      return nil
    }
    guard let value, value <= Int128(Int64.max) * Self.one else { return nil }
    nano = value
  }

  /// `mantissa` times `factor` times a power of ten, rounded up; `nil` when that is too much.
  private static func scaled(_ mantissa: Int128, by factor: Int128, tens: Int) -> Int128? {
    var (value, overflows) = mantissa.multipliedReportingOverflow(by: factor)
    guard !overflows else { return nil }
    for _ in 0..<max(0, tens) {
      (value, overflows) = value.multipliedReportingOverflow(by: 10)
      guard !overflows else { return nil }
    }
    for step in 0..<max(0, -tens) {
      // Rounding up once is enough, and more would round what was rounded.
      let rest = value % 10
      value = value / 10 + (step == -tens - 1 && rest > 0 ? 1 : 0)
    }
    return value
  }

  package static func < (a: Quantity, b: Quantity) -> Bool { a.nano < b.nano }
  package static func + (a: Quantity, b: Quantity) -> Quantity { Quantity(nano: a.nano + b.nano) }
  /// Never below zero.
  package static func - (a: Quantity, b: Quantity) -> Quantity { Quantity(nano: max(0, a.nano - b.nano)) }
  package static func * (a: Quantity, count: Int) -> Quantity { Quantity(nano: a.nano * Int128(count)) }

  /// With the largest binary suffix that leaves a whole number, else with the largest part of one that does.
  package var description: String {
    guard nano % Self.one == 0 else {
      let (divisor, suffix): (Int128, String) = nano % 1_000_000 == 0 ? (1_000_000, "m") : nano % 1000 == 0 ? (1000, "u") : (1, "n")
      return "\(nano / divisor)\(suffix)"
    }
    var whole = nano / Self.one
    var suffix = ""
    for next in Self.binary where whole != 0 && whole % 1024 == 0 { (whole, suffix) = (whole / 1024, next) }
    return "\(whole)\(suffix)"
  }
}
