/// What this program calls itself.
package enum Program {
  /// The version that `slipway --version` and `GET /v1/health` tell.
  package static let version = "0.1.0"
}
