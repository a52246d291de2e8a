import SlipwayModel

extension RouteConfiguration {
  /// Refuses what can't work, before anything is changed.
  ///
  /// - Throws: `SlipwayError` with code `route-invalid`.
  func validate() throws {
    for slot in Slot.allCases {
      for endpoint in self[slot].endpoints where !(1...65_535).contains(endpoint.port) || endpoint.host.isEmpty {
        throw invalid("endpoint \(endpoint.id) of slot \(slot.rawValue) has no valid address: \(endpoint.host):\(endpoint.port)")
      }
      let ids = self[slot].endpoints.map(\.id)
      if Set(ids).count < ids.count { throw invalid("two endpoints of slot \(slot.rawValue) have the same id") }
      let probe = self[slot].probe
      // It is written into a request line as it is.
      guard probe.path.hasPrefix("/"), probe.path.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
        throw invalid("the health path \(probe.path) does not start with / or has other than visible ASCII characters")
      }
      guard probe.interval > .zero, probe.timeout > .zero, probe.failures > 0 else {
        throw invalid("a health probe needs an interval, a time-out and a number of failures above 0")
      }
    }
    let times = [
      limits.headerTime, limits.idleTime, limits.idleUpstreamTime, limits.connectTime, limits.responseTime, limits.bodyIdleTime,
      limits.heldTime,
    ]
    let sizes = [
      limits.headerBytes, limits.headerFields, limits.targetBytes, limits.bufferedBytes, limits.connections,
      limits.idleUpstreamConnections + 1, limits.heldRequests + 1, limits.mirroredRequests + 1, limits.mirroredBytes + 1,
    ]
    guard times.allSatisfy({ $0 > .zero }), sizes.allSatisfy({ $0 > 0 }) else { throw invalid("a limit is not above 0") }
  }

  private func invalid(_ message: String) -> SlipwayError {
    SlipwayError(.routeInvalid, .input, "the route \(key) makes no sense: \(message)", remedy: "Correct the named setting.")
  }
}

extension SlipwayError.Code {
  /// A route was refused before anything was changed.
  package static let routeInvalid = SlipwayError.Code("route-invalid")
}
