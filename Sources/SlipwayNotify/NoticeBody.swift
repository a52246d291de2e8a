import Foundation
import SlipwayModel

/// What is sent to a receiver.
enum NoticeBody {
  static func bytes(of notice: Notice, as format: NotificationChannel.Format) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return switch format {
    case .json: try encoder.encode(notice)
    case .slack: try encoder.encode(["text": text(of: notice)])
    }
  }

  /// `api v2 in production: rolled back: too many errors (candidate 0%, live 100%; rollout 2026…)`.
  static func text(of notice: Notice) -> String {
    let happened = notice.reason.map { notice.sentence.contains($0) ? notice.sentence : "\(notice.sentence): \($0)" } ?? notice.sentence
    return escaped("\(notice.service) \(notice.version) in \(notice.environment): \(happened)")
      + " (candidate \(notice.candidateWeight), live \(notice.liveWeight); rollout \(notice.rollout))"
  }

  /// Slack reads `<…>` as links and as calls to everybody, which a reason that somebody typed must not make.
  private static func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;").replacingOccurrences(
      of: ">", with: "&gt;")
  }
}
