import NIOCore
import NIOHTTP1

extension ByteBuffer {
  /// `HTTP/1.1 200 OK` and the line end.
  mutating func writeStatusLine(_ code: Int) {
    switch code {
    case 200: writeStaticString("HTTP/1.1 200 OK\r\n")
    case 204: writeStaticString("HTTP/1.1 204 No Content\r\n")
    case 304: writeStaticString("HTTP/1.1 304 Not Modified\r\n")
    default:
      writeStaticString("HTTP/1.1 ")
      writeDecimal(code)
      writeStaticString(" ")
      writeString(HTTPResponseStatus(statusCode: code).reasonPhrase)
      writeStaticString("\r\n")
    }
  }

  /// One header field with its line end, by one access to the storage: heads are most of what a proxy writes.
  mutating func writeField(_ name: String, _ value: String) {
    let (nameCount, valueCount) = (name.utf8.count, value.utf8.count)
    let count = nameCount + valueCount + 4
    writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
      UnsafeMutableRawBufferPointer(rebasing: target[..<nameCount]).copyBytes(from: name.utf8)
      target[nameCount] = UInt8(ascii: ":")
      target[nameCount + 1] = UInt8(ascii: " ")
      let end = nameCount + 2 + valueCount
      UnsafeMutableRawBufferPointer(rebasing: target[nameCount + 2..<end]).copyBytes(from: value.utf8)
      target[end] = 13
      target[end + 1] = 10
      return count
    }
  }

  /// A number that is not negative, in decimal digits.
  mutating func writeDecimal(_ value: Int) {
    if value < 10 {
      writeInteger(UInt8(truncatingIfNeeded: value + 48))
    } else {
      writeString(String(value))
    }
  }

  /// The head of a chunk (RFC 9112, section 7.1).
  mutating func writeChunkHead(_ size: Int) {
    writeString(String(size, radix: 16))
    writeInteger(UInt16(0x0d0a))
  }

  /// The end of a chunked body without trailers.
  mutating func writeLastChunk() { writeStaticString("0\r\n\r\n") }
}
