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
      ("the disk is full (12 bytes left)", "the disk is full (12 bytes left)"), ("", ""),
    ])
  func words(text: String, expected: String) {
    #expect(PlainWords.cause(text) == expected)
  }
}
