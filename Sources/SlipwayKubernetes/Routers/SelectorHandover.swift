import SlipwayModel

/// How the service's own Service comes from a user's selector to Slipway's, and back when the first release is taken back.
extension ManagedService {
  /// The write that moves a Service between a user's selector and one of Slipway's.
  ///
  /// It is a patch, since an apply would be refused for the sake of whoever set the selector; it tests the selector that was read. What that
  /// was is kept in an annotation.
  ///
  /// - Returns: `nil` when this is no handover; an inner `nil` when nothing has to be written.
  func handover(to wanted: Selection, for split: TrafficSplit, of present: ObjectDocument) -> ObjectChange?? {
    let old = present.spec?["selector"] ?? .null
    if selection(of: present) == nil {
      // Before the first release, nobody's requests are taken away.
      if wanted == .nobody { return isBeforeHandover(present) ? .some(nil) : nil }
      guard isBeforeHandover(present), old != .null else { return nil }
      return .some(patch(present, from: old, to: .texts(selector(of: wanted)), split, remembering: old))
    }
    guard wanted == .nobody, let before = Self.selectorBefore(present) else { return nil }
    return .some(patch(present, from: old, to: before, split, remembering: before))
  }

  /// Whether a Service with a selector that is not Slipway's has it from its user: Slipway has never set another one, or has put it back.
  func isBeforeHandover(_ present: ObjectDocument) -> Bool {
    guard let before = Self.selectorBefore(present) else { return present.annotations[Annotation.split] == nil }
    return before == present.spec?["selector"]
  }

  static func selectorBefore(_ present: ObjectDocument) -> JSONValue? {
    guard let note = present.annotations[Annotation.selector] else { return nil }
    // A note that somebody has spoilt is none: then nothing can be put back, and the usual rules hold.
    guard let value = try? JSONReader.value(of: Array(note.utf8)), value.members != nil else { return nil }
    return value
  }

  private func patch(
    _ present: ObjectDocument, from old: JSONValue, to new: JSONValue, _ split: TrafficSplit, remembering before: JSONValue
  ) -> ObjectChange {
    let first = present.json[path: ["metadata", "annotations"]] == nil ? [JSONPatch.add("/metadata/annotations", [:])] : []
    let note = String(decoding: JSONWriter.bytes(of: before), as: UTF8.self)
    return .patch(
      root,
      [.test("/spec/selector", old), .replace("/spec/selector", new)] + first + [
        .add(JSONPatch.annotation(Annotation.selector), .text(note)), .add(JSONPatch.annotation(Annotation.split), .text(split.note)),
      ])
  }
}
