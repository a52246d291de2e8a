import SlipwayModel
import SlipwayRuntime

/// How the traffic is divided, as a bar: blue from the left, green from the right.
struct TrafficBar {
  let slots: [RolloutView.SlotView]

  func line(width: Int, colour: Bool) -> StyledLine {
    let blue = weight(.blue)
    let green = weight(.green)
    let length = max(10, min(50, width - 34))
    var line = StyledLine("traffic    ", .dim)
    guard blue != .zero || green != .zero else {
      return line.adding(String(repeating: "·", count: length)).adding(" none yet", .dim)
    }
    // A slot with any traffic at all gets at least one cell.
    var cells = Int((blue.ratio * Double(length)).rounded())
    if blue > .zero { cells = max(1, cells) }
    if green > .zero { cells = min(length - 1, cells) }
    line.add("blue \(blue.description.leftPadded(4)) ", .blue)
    line.add(String(repeating: "█", count: cells), .blue)
    line.add(String(repeating: colour ? "█" : "░", count: length - cells), .green)
    line.add(" \(green) green", .green)
    return line
  }

  private func weight(_ slot: Slot) -> Percentage { slots.first { $0.slot == slot }?.weight ?? .zero }
}
