import NIOCore
import SlipwayModel

// Copies of requests for a slot whose answers nobody sees.
extension FrontHandler {
  /// Decides whether the request is copied.
  func prepareMirror(primary: Slot) {
    let split = route.splitter.split
    guard let slot = split.mirrorTo, slot != primary, split.mirror > .zero, !exchange.facts.wantsWebSocket, route.mayMirror,
      route.identifiers.draw(below: 10_000) < UInt64(split.mirror.basisPoints), route[slot].hasAvailable
    else { return }
    exchange.mirror = MirrorCopy(slot: slot, head: requestHead)
    if exchange.isRequestComplete || !pendingBody.isEmpty {
      for bytes in pendingBody { collectForMirror(bytes) }
      if exchange.isRequestComplete { sendMirror() }
    }
  }

  func collectForMirror(_ bytes: ByteBuffer) {
    guard exchange.mirror != nil else { return }
    exchange.mirror?.body.append(bytes)
    exchange.mirror?.bytes += bytes.readableBytes
    if let copy = exchange.mirror, copy.bytes > route.settings.limits.mirroredBytes { exchange.mirror = nil }
  }

  /// Sends the copy on its way; the request itself does not wait for it.
  func sendMirror() {
    guard let copy = exchange.mirror else { return }
    exchange.mirror = nil
    guard route.mayMirror, let pool = route[copy.slot].pick(except: []) else { return }
    let mirror = MirrorRequest(copy, route: route, pool: pool, chunked: exchange.facts.chunked, isHead: exchange.facts.isHead)
    route.add(mirror)
    mirror.start()
  }
}
