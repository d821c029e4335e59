@testable public import Networks

/// A sequential model over inputs of `shape` (batch left out), from layers as (class, fields) pairs.
func sequential(_ shape: [Int?], _ layers: [(String, [String: JSONValue])]) -> JSONValue {
    let extents = [JSONValue.null] + shape.map { $0.map(JSONValue.integer) ?? .null }
    let input = layer("InputLayer", ["name": "in", "batch_input_shape": .array(extents)])
    let rest = layers.enumerated().map { index, entry in
        layer(entry.0, entry.1.merging(["name": .string("l\(index)")]) { given, _ in given })
    }
    return .object([
        "class_name": "Sequential", "config": .object(["name": "m", "layers": .array([input] + rest)]),
    ])
}

func layer(_ className: String, _ fields: [String: JSONValue]) -> JSONValue {
    .object(["class_name": .string(className), "config": .object(fields)])
}

/// A layer of a functional model, called on layers by name and call.
func node(_ className: String, _ name: String, _ fields: [String: JSONValue] = [:], _ calls: [[(String, Int)]])
    -> JSONValue
{
    let inbound = calls.map { inputs in
        JSONValue.array(inputs.map { .array([.string($0.0), .integer($0.1), 0, .object([:])]) })
    }
    return .object([
        "class_name": .string(className), "name": .string(name),
        "config": .object(fields.merging(["name": .string(name)]) { given, _ in given }),
        "inbound_nodes": .array(inbound),
    ])
}

func functional(_ nodes: [JSONValue], inputs: [String], outputs: [(String, Int)]) -> JSONValue {
    .object([
        "class_name": "Functional",
        "config": .object([
            "name": "m", "layers": .array(nodes),
            "input_layers": .array(inputs.map { .array([.string($0), 0, 0]) }),
            "output_layers": .array(outputs.map { .array([.string($0.0), .integer($0.1), 0]) }),
        ]),
    ])
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
}
