import NIOCore
import NIOHTTP1
import SlipwayModel

/// One request and its answer, from the head of the one to the end of the other.
struct Exchange {
  var facts = RequestFacts()
  /// When the first byte of the request came.
  var started = NIODeadline.uptimeNanoseconds(0)
  /// The slot that was chosen; what is counted is counted there.
  var slot: Slot?
  /// A client that came without an identifier gets this one.
  var newClient: ClientIdentifiers.Identifier?
  var isRequestComplete = false
  /// Kept while the request waits for a pause to end.
  var heldHead: HTTPRequestHead?

  /// Attempts made, and the endpoints that could not be reached or failed.
  var attempts = 0
  var tried: [Endpoint] = []
  /// The next attempt must open a new connection: a kept one turned out to be closed.
  var needsNewConnection = false
  /// A part of the body was handed to a connection and is gone: there can't be another attempt.
  var isBodyConsumed = false

  /// Set when the head of the final answer was passed on.
  var response: ResponseFacts?
  var status = 0
  /// Something of an answer, be it interim, went to the client: there is no other attempt.
  var hasAnswered = false
  /// Bytes of the request that came after its answer.
  var discardedBytes = 0
  /// Whether the client's connection goes on after the answer, as its head said.
  var keepAlive = true

  /// The copy for the mirror slot, while it is collected.
  var mirror: MirrorCopy?
}

/// What is collected of a request for the mirror slot.
struct MirrorCopy {
  let slot: Slot
  let head: ByteBuffer
  var body: [ByteBuffer] = []
  var bytes = 0
}
