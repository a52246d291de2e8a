import NIOCore
import NIOHTTP1

/// How one request ended.
enum Outcome: Equatable {
  case answered(Answer)
  /// With the cause in words.
  case failed(LoadReport.TransportFailure, String)
}

/// A whole answer.
struct Answer: Equatable {
  let status: Int
  /// `X-Version`: which version of the service answered.
  let version: String?
  /// `X-Slipway-Error`: set when the proxy made the answer up.
  let proxyError: String?
  /// `name=value` of the first cookie that came with it.
  let cookie: String?
  let keepsConnection: Bool
  let body: ByteBuffer

  init(_ head: HTTPResponseHead, body: ByteBuffer) {
    status = Int(head.status.code)
    version = head.headers.first(name: "X-Version")
    proxyError = head.headers.first(name: "X-Slipway-Error")
    cookie = head.headers.first(name: "Set-Cookie").flatMap { $0.split(separator: ";").first.map(String.init) }
    keepsConnection = head.isKeepAlive
    self.body = body
  }
}

/// FNV-1a with 32 bits, as the example service computes it over an upload.
func checksum(_ bytes: some Sequence<UInt8>) -> String {
  var value: UInt32 = 0x811c_9dc5
  for byte in bytes { value = (value ^ UInt32(byte)) &* 0x0100_0193 }
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 8 - digits.count) + digits
}
