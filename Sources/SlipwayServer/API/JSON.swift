import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOFoundationCompat
import SlipwayModel

/// An answer with a JSON body.
func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return Response(
    status: status, headers: [.contentType: "application/json"],
    body: ResponseBody(byteBuffer: ByteBuffer(data: try encoder.encode(value))))
}

extension Request {
  /// The body as a value.
  ///
  /// - Throws: `SlipwayError` with code `bad-request` when it is too long or not of this form.
  func value<Value: Decodable>(_ type: Value.Type, _ context: APIContext) async throws -> Value {
    let bytes: ByteBuffer
    do { bytes = try await body.collect(upTo: context.maxUploadSize) } catch {
      throw SlipwayError.badRequest("the body is longer than \(context.maxUploadSize) bytes, or broke off", cause: error)
    }
    do { return try JSONDecoder().decode(type, from: Data(buffer: bytes)) } catch {
      throw SlipwayError.badRequest("the body is not the JSON that this route takes", cause: error)
    }
  }

  /// A query parameter that is a whole number; `fallback` when it is absent.
  func number(_ name: String, or fallback: Int64) throws -> Int64 {
    guard let text = uri.queryParameters[Substring(name)] else { return fallback }
    guard let value = Int64(text) else { throw SlipwayError.badRequest("query parameter '\(name)' is not a whole number") }
    return value
  }
}

extension SlipwayError {
  static func badRequest(_ message: String, cause: (any Error)? = nil) -> SlipwayError {
    SlipwayError(.badRequest, .input, message, remedy: "the documentation of the API says what each route takes", cause: cause)
  }
}

extension SlipwayError.Code {
  package static let badRequest = SlipwayError.Code("bad-request")
  package static let unknownRoute = SlipwayError.Code("unknown-route")
  package static let internalError = SlipwayError.Code("internal-error")
}
