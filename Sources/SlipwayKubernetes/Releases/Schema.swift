import SlipwayModel

/// Parts of a structural schema (Kubernetes documentation, "Specifying a structural schema").
enum Schema {
  /// - Parameter rules: what a plain schema can't say, in CEL, each with what is answered when it does not hold.
  static func object(
    _ description: String, required: [String] = [], rules: [(rule: String, message: String)] = [], _ properties: [String: JSONValue]
  ) -> JSONValue {
    var schema: JSONValue = ["type": "object", "description": .text(description), "properties": .object(properties)]
    if !required.isEmpty { schema["required"] = .list(required.map { .text($0) }) }
    if !rules.isEmpty {
      schema["x-kubernetes-validations"] = .list(rules.map { ["rule": .text($0.rule), "message": .text($0.message)] })
    }
    return schema
  }

  static func text(
    _ description: String, pattern: String? = nil, lengths: ClosedRange<Int>, default standard: String? = nil
  ) -> JSONValue {
    var schema: JSONValue = ["type": "string", "description": .text(description), "maxLength": .integer(lengths.upperBound)]
    if lengths.lowerBound > 0 { schema["minLength"] = .integer(lengths.lowerBound) }
    schema["pattern"] = pattern.map { .text($0) }
    schema["default"] = standard.map { .text($0) }
    return schema
  }

  static func choice(_ description: String, _ words: [String]) -> JSONValue {
    ["type": "string", "description": .text(description), "enum": .list(words.map { .text($0) })]
  }

  static func instant(_ description: String) -> JSONValue {
    ["type": "string", "description": .text(description), "format": "date-time"]
  }

  static func flag(_ description: String) -> JSONValue { ["type": "boolean", "description": .text(description)] }

  static func integer(_ description: String, _ range: ClosedRange<Int>) -> JSONValue {
    [
      "type": "integer", "format": "int64", "description": .text(description), "minimum": .integer(range.lowerBound),
      "maximum": .integer(range.upperBound),
    ]
  }

  /// A list whose items are told apart by one of their fields.
  static func list(_ description: String, of item: JSONValue, by key: String, atMost count: Int) -> JSONValue {
    [
      "type": "array", "description": .text(description), "maxItems": .integer(count), "items": item, "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": [.text(key)],
    ]
  }

  static func map(_ description: String, of value: JSONValue, atMost count: Int) -> JSONValue {
    ["type": "object", "description": .text(description), "additionalProperties": value, "maxProperties": .integer(count)]
  }
}
