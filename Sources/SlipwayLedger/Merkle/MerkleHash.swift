import Crypto

/// A SHA-256 value in a Merkle tree, hashed as RFC 6962, section 2.1, says: a leaf is `SHA-256(0x00 ‖ data)` and a node is
/// `SHA-256(0x01 ‖ left ‖ right)`, so that no leaf can be passed off as a node.
///
/// The 32 bytes are held inline: a hash costs no allocation.
package struct MerkleHash: Hashable, Sendable, BitwiseCopyable {
  /// The length of every hash.
  package static let byteCount = 32

  // The bytes in memory order, eight to a word; the words' values mean nothing by themselves.
  private let word0: UInt64
  private let word1: UInt64
  private let word2: UInt64
  private let word3: UInt64

  /// The root of the tree without leaves: SHA-256 of nothing.
  package static let empty = MerkleHash(SHA256().finalize())

  /// `nil` unless there are exactly 32 bytes.
  package init?(_ bytes: some Sequence<UInt8>) {
    let array = Array(bytes)
    guard let value = array.withUnsafeBytes({ MerkleHash(copying: $0) }) else { return nil }
    self = value
  }

  /// `nil` unless there are exactly 32 bytes.
  package init?(copying bytes: UnsafeRawBufferPointer) {
    guard bytes.count == Self.byteCount else { return nil }
    self = bytes.loadUnaligned(as: MerkleHash.self)
  }

  /// `nil` unless the text is 64 hexadecimal digits.
  package init?(hexadecimal text: String) {
    guard let bytes = Hexadecimal.decode(text) else { return nil }
    self.init(bytes)
  }

  private init(_ digest: SHA256.Digest) {
    self = digest.withUnsafeBytes { $0.loadUnaligned(as: MerkleHash.self) }
  }

  /// The hash of a leaf with this content.
  package static func leaf(_ data: UnsafeRawBufferPointer) -> MerkleHash {
    var hasher = SHA256()
    withUnsafeBytes(of: UInt8(0)) { hasher.update(bufferPointer: $0) }
    hasher.update(bufferPointer: data)
    return MerkleHash(hasher.finalize())
  }

  /// The hash of a leaf with this content.
  package static func leaf(_ data: [UInt8]) -> MerkleHash {
    data.withUnsafeBytes { leaf($0) }
  }

  /// The hash of the node above two others.
  package static func node(_ left: MerkleHash, _ right: MerkleHash) -> MerkleHash {
    var hasher = SHA256()
    withUnsafeBytes(of: UInt8(1)) { hasher.update(bufferPointer: $0) }
    withUnsafeBytes(of: left) { hasher.update(bufferPointer: $0) }
    withUnsafeBytes(of: right) { hasher.update(bufferPointer: $0) }
    return MerkleHash(hasher.finalize())
  }

  /// The 32 bytes.
  package var bytes: [UInt8] { withUnsafeBytes(of: self) { Array($0) } }
  /// 64 lowercase digits.
  package var hexadecimal: String { Hexadecimal.encode(bytes) }
  /// Standard base64 with padding (RFC 4648, section 4), as checkpoints and proofs carry it.
  package var base64: String { Base64.encode(bytes) }
}

extension MerkleHash: CustomStringConvertible {
  package var description: String { hexadecimal }
}
