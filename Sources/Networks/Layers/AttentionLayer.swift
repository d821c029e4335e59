internal import Tensors

/// Attention without projections: scores are products of query and key, or of their sums under a hyperbolic tangent.
struct AttentionLayer: LayerKind {
    static let names = ["Attention", "AdditiveAttention"]

    private enum Score { case dot, concat, additive }

    private let score: Score
    private let hasScale: Bool
    /// In Keras 2 the layer itself may be causal.
    private let isCausal: Bool
    private let dropout: Double

    init(_ config: LayerConfig) throws {
        let isAdditive = config.className == "AdditiveAttention"
        switch try config.optionalString("score_mode") ?? "dot" {
        case _ where isAdditive: score = .additive
        case "dot": score = .dot
        case "concat": score = .concat
        case let mode: throw config.failure("'score_mode' is '\(mode)', not 'dot' or 'concat'.")
        }
        hasScale = try config.bool("use_scale", default: isAdditive)
        isCausal = try config.bool("causal", default: false)
        dropout = config.dropRate("dropout")
    }

    var parameters: [ParameterRole] {
        roles([
            hasScale ? ("scale", .normalisation, .none) : nil,
            score == .concat ? ("concat_score_weight", .normalisation, .none) : nil,
        ])
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        guard inputs.count == 2 || inputs.count == 3,
            let rank = inputs.map({ lowering.extents($0).count }).first, rank >= 2,
            inputs.allSatisfy({ lowering.extents($0).count == rank })
        else { throw lowering.failure("It takes two or three inputs of shape (length, features).") }
        let (query, value, key) = (inputs[0], inputs[1], inputs.count > 2 ? inputs[2] : inputs[1])
        let given = lowering.arguments.argument(["mask"], at: 1)
        var masks = inputs.map { lowering.mask(of: $0) }
        if case .list(let list)? = given {
            masks = list.map { if case .tensor(let mask) = $0 { mask } else { nil } }
        }
        let scores = try scores(query, key, &lowering)
        func flag(_ name: String) -> Bool { lowering.arguments.constant(name)?.bool ?? false }
        let returnsScores = flag("return_attention_scores")
        let mask = try AttentionMasks(
            value: masks.count > 1 ? masks[1] : nil,
            isCausal: isCausal || flag("use_causal_mask")
        ).combined(targets: query, sources: value, axis: rank - 2, into: &lowering)
        let all = try lowering.activate(
            Activation("softmax"), scores, mask: try mask.map { try lowering.broadcastable($0, to: scores) })
        let weights = try lowering.dropping(dropout, all)
        let free = Array(0..<rank - 2)
        let product = ValueProduct(
            left: free + [rank, rank + 1], right: free + [rank + 1, rank + 2], output: free + [rank, rank + 2])
        var output = try lowering.push(.valueProduct(product), [weights, value])
        if let mask = masks.first ?? nil {
            output = try lowering.replacing(unmasked: output, mask, with: 0)
            lowering.setMask(mask, of: output)
        }
        return returnsScores ? [output, weights] : [output]
    }

    private func scores(_ query: ValueID, _ key: ValueID, _ lowering: inout Lowering) throws -> ValueID {
        let rank = lowering.extents(query).count
        if score == .dot {
            let free = Array(0..<rank - 2)
            let product = ValueProduct(
                left: free + [rank, rank + 2], right: free + [rank + 1, rank + 2], output: free + [rank, rank + 1])
            return try scaled(lowering.push(.valueProduct(product), [query, key]), hasScale ? "scale" : nil, &lowering)
        }
        let sum = try lowering.combine(
            .add, lowering.inserting(axes: [rank - 1], into: query), lowering.inserting(axes: [rank - 2], into: key))
        guard score == .additive else {
            let inner = try lowering.apply("tanh", scaled(sum, hasScale ? "scale" : nil, &lowering))
            return try scaled(lowering.reduce(.sum, inner, axes: [rank]), "concat_score_weight", &lowering)
        }
        let inner = try lowering.apply("tanh", sum)
        guard hasScale else { return try lowering.reduce(.sum, inner, axes: [rank]) }
        let depth = try lowering.channels(query, .last)
        let product = Contraction(
            input: Array(0...rank), kernel: [rank], output: Array(0..<rank), kernelExtents: [depth], hasBias: false)
        return try lowering.push(.contraction(product), [inner], [try lowering.parameter("scale", [depth])])
    }

    /// A value times a parameter that is one number.
    private func scaled(_ value: ValueID, _ role: String?, _ lowering: inout Lowering) throws -> ValueID {
        guard let role else { return value }
        return try lowering.push(.affine(Affine(.scale)), [value], [try lowering.parameter(role, [])])
    }
}
