import HTTPTypes
import Hummingbird
import NIOCore
import SlipwayModel

/// How a listener learns who acts.
enum Access: Sendable {
  /// The user at the other end of a Unix socket, as the kernel tells it.
  case peer
  /// The name of the token that the request carries.
  case token(AccessTokens)
}

/// Puts the actor into the context, or refuses the request.
struct AccessMiddleware: RouterMiddleware {
  let access: Access
  let users = UserNames()

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    var context = context
    // Who asks whether a server lives has no token.
    if Probe.paths.contains(request.uri.path) { return try await next(request, context) }
    switch access {
    case .peer:
      context.actor = Actor(.person, users.name(of: try await PeerCredentials.user(of: context.channel)))
    case .token(let tokens):
      guard let token = Self.bearer(request.headers[.authorization]), let name = tokens.name(of: token) else {
        throw SlipwayError(
          .unauthorized, .input, "the request carries no valid token",
          remedy: "set SLIPWAY_TOKEN to a token of the server: a line of the file `token` in its state folder")
      }
      context.actor = Actor(.person, name)
    }
    return try await next(request, context)
  }

  private static func bearer(_ field: String?) -> String? {
    guard let field, field.lowercased().hasPrefix("bearer ") else { return nil }
    return String(field.dropFirst(7))
  }
}
