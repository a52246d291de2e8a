import HTTPTypes
import Hummingbird
import Logging
import SlipwayModel
import SlipwayRuntime

/// Turns whatever a route throws into the one shape of errors: `{"error": {code, kind, message, remedy, cause}}`.
struct ErrorMiddleware: RouterMiddleware {
  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch {
      let (status, explained) = Self.explain(error, request)
      if status.code >= 500 { context.logger.error("request failed", metadata: ["path": "\(request.uri.path)", "error": "\(explained)"]) }
      return try json(ErrorDocument(error: explained), status: status)
    }
  }

  private static func explain(_ error: any Error, _ request: Request) -> (HTTPResponse.Status, SlipwayError) {
    switch error {
    case let error as SlipwayError:
      return (status(of: error), error)
    case let error as HTTPError where error.status == .notFound:
      return (
        .notFound,
        SlipwayError(
          .unknownRoute, .input, "there is no \(request.method) \(request.uri.path)",
          remedy: "the documentation of the API lists the routes")
      )
    case let error as any HTTPResponseError:
      return (error.status, .badRequest("the request can't be served", cause: error))
    default:
      return (
        .internalServerError,
        SlipwayError(
          .internalError, .broken, "the server could not answer", remedy: "look at the log of `slipway serve`", cause: error)
      )
    }
  }

  private static func status(of error: SlipwayError) -> HTTPResponse.Status {
    switch error.code {
    case .unknownRollout: return .notFound
    case .unauthorized: return .unauthorized
    default: break
    }
    return switch error.kind {
    case .input: .badRequest
    case .refused, .human: .conflict
    case .broken: .serviceUnavailable
    }
  }
}
