import SlipwayEngine

extension Event {
  /// The event's values in a few words, for a line of a trace.
  var traceText: String {
    let text = String(decoding: body, as: UTF8.self)
    return text.count > 160 ? text.prefix(157) + "..." : text
  }
}
