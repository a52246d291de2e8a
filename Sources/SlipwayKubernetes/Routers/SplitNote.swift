import Foundation
import SlipwayModel

extension TrafficSplit {
  /// The split as it stands in the annotation of the object that brings it about. Rules and mirror can't be had back exactly from what
  /// a router makes of them (header names lose their case, for one), and the engine compares splits as a whole.
  var note: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    } catch {
      // A split holds texts and finite numbers only: neither can fail to be encoded.
      return ""
    }
  }

  /// The split that an object was last written for; `nil` when Slipway has not written it, or another has changed the annotation.
  init?(noteOn document: ObjectDocument?) {
    guard let text = document?.annotations[Annotation.split] else { return nil }
    do {
      self = try JSONDecoder().decode(TrafficSplit.self, from: Data(text.utf8))
    } catch {
      return nil
    }
  }
}
