import Foundation
import SlipwayModel

/// JSON as the state folder and the control API have it: sorted keys, no escaped slashes.
enum JSON {
  /// - Parameter carriesValues: whether what is written may hold values of variables, since only this user can read it.
  static func encode(_ value: some Encodable, carriesValues: Bool = false) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.userInfo[.carriesValues] = carriesValues
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value))
  }

  static func decode<T: Decodable>(_ type: T.Type, from bytes: [UInt8]) throws -> T {
    try JSONDecoder().decode(type, from: Data(bytes))
  }
}
