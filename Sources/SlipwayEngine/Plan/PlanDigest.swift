import SlipwayModel

extension Plan {
  /// SHA-256 of the plan's canonical JSON: what intents name, so that an approval for one plan can't serve another.
  package var digest: Digest { Digest(hashing: canonicalJSON(self)) }
}

/// JSON with sorted keys and without white space: equal values give equal bytes.
package func canonicalJSON(_ value: some Encodable) -> [UInt8] {
  let output = CanonicalOutput()
  do {
    try CanonicalEncoder(output: output, depth: 0).write(value)
    return output.writer.bytes
  } catch {
    // Plans and events hold strings, whole numbers and finite doubles only: nothing that JSON can't express.
    preconditionFailure("a value of the engine can't be written as JSON: \(error)")
  }
}
