import SlipwayModel

/// What the faults do to one request.
package struct Verdict: Hashable, Sendable {
  /// How long the request waits before it is looked at.
  package var delay = TimeSpan.zero
  package var dropsBefore = false
  package var dropsAfter = false
  var error: APIError?
  var meetsConflict = false
  var staleBy: TimeSpan?
}

extension ClusterState {
  /// Decides which faults meet a request. Ask once per request, before ``respond(to:verdict:at:)``.
  package mutating func verdict(on request: APIRequest) -> Verdict {
    var verdict = Verdict()
    verdict.dropsBefore = faults.isDown
    guard !faults.isDown, let route = try? Route(request, kinds: kinds) else { return verdict }
    let call = Call(route)
    let effects = faults.strike(call) { effect in
      switch effect {
      case .answer, .delay, .dropBefore, .dropAfter, .conflict, .stale: true
      case .deny, .webhookUnreachable, .forbid, .stallWatch, .dropWatch: false
      }
    }
    for effect in effects {
      switch effect {
      case .answer(let code, let seconds): verdict.error = .fault(code, retryAfterSeconds: seconds)
      case .delay(let span): verdict.delay = verdict.delay + span
      case .dropBefore: verdict.dropsBefore = true
      case .dropAfter: verdict.dropsAfter = true
      case .conflict: verdict.meetsConflict = ["update", "patch", "delete"].contains(call.verb)
      case .stale(let span): verdict.staleBy = request.query["resourceVersion"] == "0" ? span : nil
      case .deny, .webhookUnreachable, .forbid, .stallWatch, .dropWatch: break
      }
    }
    if verdict.meetsConflict { verdict.error = .conflict(route.info, route.name ?? "") }
    return verdict
  }

  /// The admission webhooks' word on a write; the controllers' own writes are asked about too.
  mutating func askWebhooks(_ call: Call, _ kind: KindInfo) throws(APIError) {
    let effects = faults.strike(call) { effect in
      switch effect {
      case .deny, .webhookUnreachable: true
      case .answer, .delay, .dropBefore, .dropAfter, .conflict, .forbid, .stale, .stallWatch, .dropWatch: false
      }
    }
    for effect in effects {
      if case .deny(let webhook, let message, let code) = effect {
        throw APIError(
          code: code, reason: code == 400 ? "BadRequest" : "Forbidden",
          message: "admission webhook \"\(webhook)\" denied the request: \(message)")
      }
      if case .webhookUnreachable(let webhook) = effect {
        let text =
          "failed calling webhook \"\(webhook)\": failed to call webhook: Post \"https://\(webhook)/validate?timeout=10s\": "
          + "context deadline exceeded"
        throw APIError(
          code: 500, reason: "InternalError", message: "Internal error occurred: \(text)", details: ["causes": [["message": .text(text)]]])
      }
    }
  }
}
