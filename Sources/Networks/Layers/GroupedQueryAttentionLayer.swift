internal import Tensors

/// Attention in which several heads of the query share one of key and value.
struct GroupedQueryAttentionLayer: LayerKind {
    static let names = ["GroupedQueryAttention", "GroupQueryAttention"]

    private let size: Int
    private let heads: Int
    private let sharedHeads: Int
    private let hasBias: Bool
    private let hasGate: Bool
    private let slidingWindow: Int?
    private let hasDropout: Bool
    private let dropout: Double

    init(_ config: LayerConfig) throws {
        size = try config.integer("head_dim")
        heads = try config.integer("num_query_heads")
        sharedHeads = try config.integer("num_key_value_heads")
        hasBias = try config.bool("use_bias", default: true)
        hasGate = try config.bool("use_gate", default: false)
        slidingWindow = try config.optionalInteger("sliding_window")
        hasDropout = try config.number("dropout", default: 0) > 0
        dropout = config.dropRate("dropout")
        guard heads % sharedHeads == 0 else {
            throw config.failure("\(heads) heads cannot share \(sharedHeads) of key and value.")
        }
    }

    var carriesMask: Bool { true }

    var parameters: [ParameterRole] {
        func part(_ name: String, group: String, outputs: [Int]) -> [ParameterRole] {
            roles([
                ("kernel", .weight, OutputIndexing(axes: outputs)), hasBias ? ("bias", .bias, .none) : nil,
            ]).map { $0.within(name, group: group) }
        }
        return part("query", group: "query_dense", outputs: [1, 2])
            + part("key", group: "key_dense", outputs: [1, 2])
            + (hasGate ? part("gate", group: "gate_dense", outputs: [1, 2]) : [])
            + part("value", group: "value_dense", outputs: [1, 2])
            + part("attention_output", group: "output_dense", outputs: [2])
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let call = try AttentionInputs(inputs, slidingWindow: slidingWindow, lowering)
        guard [call.query, call.value, call.key].allSatisfy({ lowering.extents($0).count == 2 }) else {
            throw lowering.failure("It takes two or three inputs of shape (length, features).")
        }
        let projection = HeadProjection(heads: heads, hasBias: hasBias)
        let repeats = heads / sharedHeads
        var queries = try projection.split(call.query, "query", size: size, &lowering)
        let keys = try projection.split(call.key, "key", size: size, heads: sharedHeads, &lowering)
        let values = try projection.split(call.value, "value", size: size, heads: sharedHeads, &lowering)
        queries = try lowering.push(.affine(Affine(scale: 1 / Double(size).squareRoot())), [queries])
        queries = try split(queries, repeats, &lowering)
        // Labels: 0 target position, 1 shared head, 2 its heads, 3 feature, 4 source position.
        let product = ValueProduct(left: [0, 1, 2, 3], right: [4, 1, 3], output: [1, 2, 0, 4])
        let scores = try lowering.push(.valueProduct(product), [queries, keys])
        let mask = try call.masks.combined(targets: call.query, sources: call.value, axis: 0, into: &lowering)
            .map { mask in
                let given = lowering.extents(mask)
                // A mask for each head is one for the heads of each shared one.
                guard given.count == 3 else { return try lowering.broadcastable(mask, to: scores) }
                let split: Extents = given[0] == 1 ? [1, 1] : [sharedHeads, repeats]
                return try lowering.reshape(mask, split + given.dropFirst())
            }
        let weights = try lowering.softmax(
            Activation("softmax"), scores, mask: mask, leavesNothing: hasDropout || call.returnsScores)
        let mix = ValueProduct(left: [1, 2, 0, 4], right: [4, 1, 3], output: [0, 1, 2, 3])
        var mixed = try lowering.push(.valueProduct(mix), [lowering.dropping(dropout, weights), values])
        if hasGate {
            let gate = try lowering.apply("sigmoid", projection.split(call.query, "gate", size: size, &lowering))
            mixed = try lowering.combine(.multiply, mixed, split(gate, repeats, &lowering))
        }
        let joined = lowering.extents(call.query)[0]
        mixed = try lowering.reshape(mixed, [joined, heads, size])
        let depth = try lowering.channels(call.query, .last)
        let output = try projection.join(mixed, size: size, to: [depth], &lowering)
        guard call.returnsScores else { return [output] }
        let (target, source) = (lowering.extents(call.query)[0], lowering.extents(call.value)[0])
        return [output, try lowering.reshape(weights, [heads, target, source])]
    }

    /// (positions, heads, features) as (positions, shared heads, heads of each, features).
    private func split(_ value: ValueID, _ repeats: Int, _ lowering: inout Lowering) throws -> ValueID {
        try lowering.reshape(value, [lowering.extents(value)[0], sharedHeads, repeats, size])
    }
}
