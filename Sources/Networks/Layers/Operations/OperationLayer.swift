internal import Tensors

/// Functions of `keras.ops` that a functional model applies to values directly.
struct OperationLayer: LayerKind {
    static let names = Operation.handlers.keys.sorted().map { "ops.\($0)" }

    private let name: String
    private let options: [String: JSONValue]

    init(_ config: LayerConfig) throws {
        name = config.className
        options = config.fields
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let call = OperationCall(
            name: name, operands: lowering.arguments.positional, named: lowering.arguments.named, options: options)
        return try Operation.lower(call, into: &lowering)
    }
}

/// The functions that are understood, by the names of their classes in `keras.ops`.
enum Operation {
    typealias Handler = @Sendable (OperationCall, inout Lowering) throws -> [ValueID]

    static let handlers: [String: Handler] =
        [arithmetic, functions, reductions, shapes, arrangements, indexing, products, networks, blocks]
        .reduce(into: [:]) { $0.merge($1) { first, _ in first } }

    static func lower(_ call: OperationCall, into lowering: inout Lowering) throws -> [ValueID] {
        guard let handler = handlers[call.name] else {
            throw lowering.unsupported("the function '\(call.name)' is not known")
        }
        return try handler(call, &lowering)
    }
}

/// A call of a function: operands are values and constants, options what the function was made with.
struct OperationCall {
    typealias Argument = CallArguments<ValueID>.Argument

    var name: String
    var operands: [Argument]
    var named: [String: Argument] = [:]
    var options: [String: JSONValue]

    /// An operand by its place or its name.
    func operand(_ position: Int, _ names: String...) -> Argument? {
        if operands.indices.contains(position) { return operands[position] }
        return names.lazy.compactMap { named[$0] }.first
    }

    /// An option, be it of the function or of the call; nil where it is missing or null.
    func option(_ names: String..., at position: Int? = nil) -> JSONValue? {
        for name in names {
            if let value = options[name] ?? named[name]?.constant, !value.isNull { return value }
        }
        guard let position, let value = operand(position)?.constant, !value.isNull else { return nil }
        return value
    }

    func flag(_ name: String) -> Bool { option(name)?.bool ?? false }

    /// Every value among the operands.
    var values: [ValueID] { operands.flatMap(\.tensors) + named.keys.sorted().flatMap { named[$0]?.tensors ?? [] } }
}

extension Lowering {
    /// The value that an operation works on.
    func value(_ call: OperationCall) throws -> ValueID {
        if case .tensor(let value)? = call.operand(0, "x", "x1", "inputs", "a", "input", "tensor", "images") {
            return value
        }
        guard call.values.count == 1, call.operands.isEmpty, let value = call.values.first else {
            throw unsupported("it works on something else than a value")
        }
        return value
    }

    /// The values that an operation joins: a list, as its first operand.
    func values(_ call: OperationCall) throws -> [ValueID] {
        guard let operand = call.operand(0, "xs", "x", "values", "arrays") else {
            throw unsupported("it joins nothing")
        }
        switch operand {
        case .tensor(let value): return [value]
        case .constant: throw unsupported("it joins constants")
        case .list(let list):
            return try list.map {
                guard case .tensor(let value) = $0 else { throw unsupported("it joins values and constants") }
                return value
            }
        }
    }

    /// The position of an axis as a function counts it, the batch being 0.
    ///
    /// - Throws: `unsupported` for the batch, `malformed` where there is no such axis.
    func axis(_ json: JSONValue?, of rank: Int) throws -> Int {
        guard let axis = json?.integer else { throw unsupported("it works along all axes, the batch among them") }
        let position = axis < 0 ? axis + rank : axis - 1
        guard axis != 0, position != -1 else { throw unsupported("it works along the batch") }
        guard (0..<rank).contains(position) else {
            throw failure("There is no axis \(axis) among \(rank + 1).")
        }
        return position
    }

    /// One axis or several.
    func axes(_ json: JSONValue?, of rank: Int) throws -> [Int] {
        guard let json else { return [try axis(nil, of: rank)] }
        let result = try (json.array ?? [json]).map { try axis($0, of: rank) }
        guard Set(result).count == result.count else { throw failure("An axis is named twice.") }
        return result.sorted()
    }

    /// An operand as a value: what is a constant becomes one, as long as it does not differ between examples.
    mutating func materialise(_ operand: OperationCall.Argument, with other: ValueID) throws -> ValueID {
        if case .tensor(let value) = operand { return value }
        guard let json = operand.constant, let grid = NumberGrid(json) else {
            throw unsupported("it combines its input with something that is no number")
        }
        var shape = grid.extents
        // An axis that lies where the batch does must go for all examples.
        if shape.count == extents(other).count + 1 {
            guard shape[0] == 1 else { throw unsupported("it combines each example with numbers of its own") }
            shape.removeFirst()
        }
        guard shape.count <= extents(other).count else {
            throw unsupported("it combines its input with numbers of more axes")
        }
        return try push(.constant(Constant(grid.values, extents: shape)), [other])
    }
}
