/// The declaration that a request was made from: an object that is kept elsewhere, in one of its generations. It lies in the journal
/// with the request, so that whoever reads the declaration again finds that it has been answered.
package struct RequestOrigin: Hashable, Sendable, Codable {
  /// What people call it: `Release shop/api`.
  package let object: String
  /// Unique for ever, also when an object of the same name comes later.
  package let uid: String
  /// Rises with each change of what is declared.
  package let generation: Int
  /// Digest of what that generation asks for.
  package let digest: Digest

  package init(object: String, uid: String, generation: Int, digest: Digest) {
    self.object = object
    self.uid = uid
    self.generation = generation
    self.digest = digest
  }

  /// Whether both are the same declaration in the same generation.
  package func isSame(as other: RequestOrigin) -> Bool { uid == other.uid && generation == other.generation }
}
