import SlipwayModel

/// Where the values of variables lie: apart from the journal, which names them only.
package protocol ValueStore: Sendable {
  /// What may be said of these values; writes nothing.
  func seal(_ values: [String: String]) async throws -> ValueSet

  /// Keeps the values durably: when it returns they would survive a power cut, so that the journal may name their set.
  /// Idempotent.
  func keep(_ values: [String: String]) async throws -> ValueSet

  /// The values of a set that was kept.
  ///
  /// - Throws: `SlipwayError`: `values-missing` when the set is not there, `values-broken` when it is not what was kept.
  func values(of set: ValueSet) async throws -> [String: String]
}

extension ValueStore {
  /// The values themselves, wherever they are.
  ///
  /// - Throws: as ``values(of:)``.
  package func resolve(_ variables: Variables) async throws -> [String: String] {
    switch variables {
    case .values(let values): values
    case .sealed(let set): try await values(of: set)
    }
  }

  /// The variables without their values; ``Variables/none`` stays as it is.
  ///
  /// - Parameter keeping: whether the values are kept as well.
  /// - Throws: as ``values(of:)``: what is sealed already has to be known here.
  package func sealed(_ variables: Variables, keeping: Bool) async throws -> Variables {
    let values = try await resolve(variables)
    if values.isEmpty { return .none }
    return .sealed(keeping ? try await keep(values) : try await seal(values))
  }
}

extension SlipwayError.Code {
  /// A set of values that the journal names is not there.
  package static let valuesMissing = SlipwayError.Code("values-missing")
  /// A set of values, or the key that names them, is not what it was.
  package static let valuesBroken = SlipwayError.Code("values-broken")
}
