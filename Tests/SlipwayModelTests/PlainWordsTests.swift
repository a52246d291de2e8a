import Testing

@testable import SlipwayModel

@Suite("Causes in plain words")
struct PlainWordsTests {
  @Test(
    "Names of C functions, numbers of errors and dumps of error objects are left out",
    arguments: [
      ("bind(descriptor:ptr:bytes:): Address already in use (errno: 98)", "Address already in use"),
      ("connect(descriptor:addr:size:): No such file or directory) (errno: 2)", "No such file or directory"),
      (
        #"Error Domain=NSCocoaErrorDomain Code=260 "It isn’t there."UserInfo={NSUnderlyingError=Error Domain=NSPOSIXErrorDomain Code=2 "No such file"}"#,
        "No such file"
      ), (#"Error Domain=NSCocoaErrorDomain Code=260 "It isn’t there."UserInfo={}"#, "It isn’t there."),
      (
        "NIOConnectionError(errors: [Failure(target: a, error: connect(descriptor:addr:size:): Connection refused (errno: 111)), Failure(target: b, error: connect(descriptor:addr:size:): Connection refused (errno: 111))])",
        "Connection refused"
      ), ("NIOSSLError.handshakeFailed(BoringSSLError.sslError([]))", "the other side does not speak TLS"),
      ("HTTPClientError.remoteConnectionClosed", "the connection was closed before an answer came"),
      ("the disk is full (12 bytes left)", "the disk is full (12 bytes left)"), ("", ""),
    ])
  func words(text: String, expected: String) {
    #expect(PlainWords.cause(text) == expected)
  }
}
