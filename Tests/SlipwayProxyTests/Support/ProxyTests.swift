import Testing

/// All tests of the proxy. They use real sockets and real time-outs, so they run one after the other: a busy machine would
/// otherwise make a slow test look like a fault.
@Suite("Proxy", .serialized) struct ProxyTests {}
