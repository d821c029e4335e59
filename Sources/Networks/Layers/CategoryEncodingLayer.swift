internal import Tensors

/// Numbers of categories as vectors: one for each number, or one that says which there are, or how many of each.
struct CategoryEncodingLayer: LayerKind {
    static let names = ["CategoryEncoding"]

    private let encoding: CategoryEncoding

    init(_ config: LayerConfig) throws {
        encoding = try CategoryEncoding(config, categories: config.integer("num_tokens", in: 1...CategoryEncoding.most))
        guard encoding.mode != .integer else { throw config.failure("'output_mode' is 'int'.") }
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let weights = lowering.arguments.tensor("count_weights", at: 1)
        guard weights == nil || encoding.mode == .count else {
            throw lowering.failure("It takes weights only where it counts.")
        }
        return [try encoding.encode(inputs[0], weights: weights, into: &lowering)]
    }
}

/// How categories come out.
struct CategoryEncoding: Sendable {
    enum Mode: String, Sendable {
        case integer = "int"
        case oneHot = "one_hot"
        case multiHot = "multi_hot"
        case count
    }

    let mode: Mode
    let categories: Int

    /// More categories than a vector should have.
    static let most = 1 << 24

    init(_ config: LayerConfig, categories: Int) throws {
        let name = try config.optionalString("output_mode") ?? "multi_hot"
        guard let mode = Mode(rawValue: name == "binary" ? "multi_hot" : name) else {
            throw config.failure("'output_mode' is '\(name)'.")
        }
        self.mode = mode
        self.categories = categories
    }

    func encode(_ value: ValueID, weights: ValueID? = nil, into lowering: inout Lowering) throws -> ValueID {
        let extents = lowering.extents(value)
        switch mode {
        case .integer: return value
        case .oneHot:
            let isSingle = extents.last == 1
            let numbers = isSingle ? try lowering.reshape(value, Array(extents.dropLast())) : value
            return try lowering.oneHot(numbers, count: categories)
        case .multiHot, .count:
            guard !extents.isEmpty else { throw lowering.unsupported("it has one number for each example") }
            var encoded = try lowering.oneHot(value, count: categories)
            if mode == .multiHot { return try lowering.reduce(.maximum, encoded, axes: [0]) }
            if let weights {
                let spread = try lowering.inserting(axes: [lowering.extents(weights).count], into: weights)
                encoded = try lowering.combine(.multiply, encoded, spread)
            }
            return try lowering.reduce(.sum, encoded, axes: [0])
        }
    }
}

extension Lowering {
    /// Each element as a vector with a 1 at the place that it numbers, along a new last axis, or before `axis`.
    mutating func oneHot(_ value: ValueID, count: Int, axis: Int? = nil) throws -> ValueID {
        guard (1...CategoryEncoding.most).contains(count) else {
            throw failure("There cannot be \(count) categories.")
        }
        let rank = extents(value).count
        let position = axis ?? rank
        let vector = try push(.constant(Constant([0], extents: [count])), [value])
        var numbers = try push(.positions(Positions(axis: 0)), [vector])
        numbers = try reshape(numbers, [count] + Array(repeating: 1, count: rank - position))
        return try combine(.equal, inserting(axes: [position], into: value), numbers)
    }
}
