import SlipwayModel
import SlipwaySimulation

/// Drawing in SVG, in units of a pixel at full width.
enum SVG {
  static func frame(width: Int, height: Int, label: String, _ parts: [String]) -> String {
    """
    <svg viewBox="0 0 \(width) \(height)" role="img" aria-label="\(label.escaped)">
    \(parts.joined(separator: "\n"))
    </svg>
    """
  }

  static func text(_ text: String, x: Double, y: Double, anchor: String = "start", style: String = "") -> String {
    "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\" class=\"\(style)\">\(text.escaped)</text>"
  }

  static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, style: String) -> String {
    "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\" class=\"\(style)\"/>"
  }

  static func rectangle(x: Double, y: Double, width: Double, height: Double, style: String, title: String) -> String {
    "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" height=\"\(number(height))\" class=\"\(style)\">"
      + "<title>\(title.escaped)</title></rect>"
  }

  static func dot(x: Double, y: Double, style: String, title: String) -> String {
    "<circle cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"4\" class=\"\(style)\"><title>\(title.escaped)</title></circle>"
  }

  /// A tenth of a pixel is enough.
  static func number(_ value: Double) -> String { ((value * 10).rounded() / 10).shortText }
}

/// One bar for each kind of release: what becomes of it.
struct OutcomeChart {
  let results: [TrialResult]

  private static let (left, width, row) = (300.0, 470.0, 24.0)

  var svg: String {
    let height = Double(results.count) * Self.row
    let marks = [0, 25, 50, 75, 100]
    let grid = marks.map { SVG.line(x(Double($0) / 100), 0, x(Double($0) / 100), height, style: "grid") }
    let labels = marks.map { SVG.text("\($0) %", x: x(Double($0) / 100), y: height + 18, anchor: "middle", style: "soft") }
    let bars = results.enumerated().flatMap { bar($1, y: Double($0) * Self.row) }
    return SVG.frame(width: 860, height: Int(height) + 26, label: "Share of runs promoted, by kind of release", grid + labels + bars)
  }

  private func x(_ share: Double) -> Double { Self.left + share * Self.width }

  private func bar(_ result: TrialResult, y: Double) -> [String] {
    let middle = y + Self.row / 2
    var parts = [
      SVG.text(result.verdict.mark, x: 8, y: middle + 4, anchor: "middle", style: result.verdict.rawValue),
      SVG.text(result.trial.title.cut(44), x: 22, y: middle + 4),
    ]
    let runs = max(1, result.runs)
    let pieces = [
      ("promoted", result.promoted.count, "promoted"), ("bake", result.takenBackInBake, "taken back in the bake"),
      ("back", result.wentBack.count - result.takenBackInBake, "went back before promotion"), ("other", result.undecided, "no end"),
    ]
    var done = 0
    for (style, count, words) in pieces where count > 0 {
      let start = x(Double(done) / Double(runs))
      let width = Double(count) / Double(runs) * Self.width
      parts.append(
        SVG.rectangle(x: start, y: y + 5, width: width, height: Self.row - 10, style: style, title: "\(count) of \(runs) \(words)"))
      done += count
    }
    let (low, high) = (x(result.promoted.low), x(result.promoted.high))
    parts.append(SVG.line(low, middle, high, middle, style: "whisker"))
    parts += [low, high].map { SVG.line($0, middle - 3.5, $0, middle + 3.5, style: "whisker") }
    parts.append(SVG.text(result.promoted.share.percentText, x: Self.left + Self.width + 12, y: middle + 4))
    return parts
  }
}

/// How the share of promoted releases falls as they get worse.
struct CurveChart {
  private let points: [(at: Double, mark: String, estimate: ShareEstimate)]
  private let axis: String

  private static let (left, top, width, height) = (44.0, 10.0, 360.0, 190.0)

  /// `nil` when fewer than three of the kinds were simulated.
  init?(results: [TrialResult], ids: [String], marks: [String], at places: [Double], axis: String) {
    points = zip(ids, zip(places, marks)).compactMap { id, place in
      results.first { $0.trial.id == id }.map { (place.0, place.1, $0.promoted) }
    }
    self.axis = axis
    guard points.count >= 3 else { return nil }
  }

  private func x(_ value: Double) -> Double {
    let (first, last) = (points.first?.at ?? 0, points.last?.at ?? 1)
    return Self.left + (value - first) / max(0.001, last - first) * Self.width
  }

  private func y(_ share: Double) -> Double { Self.top + (1 - share) * Self.height }

  var svg: String {
    let grid = [0.0, 0.25, 0.5, 0.75, 1].flatMap { share in
      [
        SVG.line(Self.left, y(share), Self.left + Self.width, y(share), style: "grid"),
        SVG.text("\(Int(share * 100)) %", x: Self.left - 6, y: y(share) + 4, anchor: "end", style: "soft"),
      ]
    }
    let band =
      points.map { "\(SVG.number(x($0.at))),\(SVG.number(y($0.estimate.high)))" }
      + points.reversed().map { "\(SVG.number(x($0.at))),\(SVG.number(y($0.estimate.low)))" }
    let curve = points.map { "\(SVG.number(x($0.at))),\(SVG.number(y($0.estimate.share)))" }
    let dots = points.map {
      SVG.dot(x: x($0.at), y: y($0.estimate.share), style: "promoted", title: "\($0.mark): \($0.estimate.share.percentText) promoted")
    }
    let marks = points.map { SVG.text($0.mark, x: x($0.at), y: Self.top + Self.height + 18, anchor: "middle", style: "soft") }
    let title = SVG.text(axis, x: Self.left + Self.width / 2, y: Self.top + Self.height + 38, anchor: "middle", style: "soft")
    return SVG.frame(
      width: 420, height: 246, label: "Share promoted by \(axis)",
      grid + ["<polygon points=\"\(band.joined(separator: " "))\" class=\"band\"/>"]
        + ["<polyline points=\"\(curve.joined(separator: " "))\" class=\"curve\"/>"] + dots + marks + [title])
  }
}
