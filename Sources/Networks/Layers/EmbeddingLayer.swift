/// Rows of a (vocabulary, dimension) table; or, called in reverse, products with all of its rows.
struct EmbeddingLayer: LayerKind {
    static let names = ["Embedding", "ReversibleEmbedding"]

    private let vocabulary: Int
    private let dimension: Int
    private let masksZero: Bool
    /// Whether products are with a table of their own.
    private let hasReverseTable: Bool
    /// What logits are softly kept within.
    private let softCap: Double?

    init(_ config: LayerConfig) throws {
        vocabulary = try config.integer("input_dim")
        dimension = try config.integer("output_dim")
        masksZero = try config.bool("mask_zero", default: false)
        let isReversible = config.className.hasSuffix("ReversibleEmbedding")
        hasReverseTable = try isReversible && !config.bool("tie_weights", default: true)
        softCap = config.value("logit_soft_cap") == nil ? nil : try config.number("logit_soft_cap", default: 0)
        guard softCap != 0 else { throw config.failure("'logit_soft_cap' is 0.") }
    }

    var parameters: [ParameterRole] {
        roles([
            ("embeddings", .embedding, OutputIndexing(axes: [1])),
            hasReverseTable ? ("reverse_embeddings", .weight, OutputIndexing(axes: [1])) : nil,
        ])
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let table = try lowering.parameter("embeddings", [vocabulary, dimension])
        let reverse =
            hasReverseTable ? try lowering.parameter("reverse_embeddings", [dimension, vocabulary]) : nil
        let input = inputs[0]
        guard lowering.arguments.constant("reverse", at: 1)?.bool ?? false else {
            let output = try lowering.push(.gather(Gather(dimension: dimension)), [input], [table])
            if masksZero { lowering.setMask(try lowering.combine(.notEqual, input, 0), of: output) }
            return [output]
        }
        let rank = lowering.extents(input).count
        guard rank > 0, try lowering.channels(input, .last) == dimension else {
            throw lowering.failure("It has rows of \(dimension) and is given \(lowering.extents(input).text).")
        }
        let product = Contraction(
            input: Array(0..<rank), kernel: reverse == nil ? [rank, rank - 1] : [rank - 1, rank],
            output: Array(0..<rank - 1) + [rank],
            kernelExtents: reverse == nil ? [vocabulary, dimension] : [dimension, vocabulary], hasBias: false)
        var logits = try lowering.push(.contraction(product), [input], [reverse ?? table])
        if let softCap {
            logits = try lowering.combine(.divide, logits, softCap)
            logits = try lowering.push(.affine(Affine(scale: softCap)), [lowering.apply("tanh", logits)])
        }
        return [logits]
    }
}
