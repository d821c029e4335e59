internal import Tensors

/// Attention along some axes: kernels (features, heads, size) for query, key and value, (heads, value size, features…)
/// for the result. The query is scaled, which takes fewer products than scaling the scores.
struct MultiHeadAttentionLayer: LayerKind {
    static let names = ["MultiHeadAttention"]

    private let heads: Int
    private let keySize: Int
    private let valueSize: Int
    private let hasBias: Bool
    private let hasGate: Bool
    private let outputShape: [Int]?
    /// As Keras counts them, the batch being axis 0.
    private let attentionAxes: [Int]?
    private let slidingWindow: Int?
    /// Whether the layer takes the masks of its inputs off them, so that what uses them later sees none.
    private let takesMasks: Bool
    /// With it, Keras takes another path, which differs where all is masked.
    private let hasDropout: Bool
    private let dropout: Double

    init(_ config: LayerConfig) throws {
        heads = try config.integer("num_heads")
        keySize = try config.integer("key_dim")
        valueSize = try config.integer("value_dim", default: keySize)
        hasBias = try config.bool("use_bias", default: true)
        hasGate = try config.bool("use_gate", default: false)
        outputShape = try config.integerList("output_shape").flatMap { $0.isEmpty ? nil : $0 }
        attentionAxes = try config.integerList("attention_axes").flatMap { $0.isEmpty ? nil : $0 }
        slidingWindow = try config.optionalInteger("sliding_window")
        takesMasks = config.dialect == .keras3
        hasDropout = try config.number("dropout", default: 0) > 0
        dropout = config.dropRate("dropout")
        guard outputShape?.allSatisfy({ $0 > 0 }) ?? true else { throw config.failure("'output_shape' is no shape.") }
    }

    var carriesMask: Bool { true }

    var parameters: [ParameterRole] {
        func part(_ name: String, group: String, outputs: [Int]) -> [ParameterRole] {
            roles([
                ("kernel", .weight, OutputIndexing(axes: outputs)), hasBias ? ("bias", .bias, .none) : nil,
            ]).map { $0.within(name, group: group) }
        }
        let outputRank = outputShape?.count ?? 1
        return part("query", group: "query_dense", outputs: [1, 2])
            + part("key", group: "key_dense", outputs: [1, 2])
            + (hasGate ? part("gate", group: "gate_dense", outputs: [1, 2]) : [])
            + part("value", group: "value_dense", outputs: [1, 2])
            + part("attention_output", group: "output_dense", outputs: Array(2..<2 + outputRank))
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let call = try AttentionInputs(inputs, slidingWindow: slidingWindow, lowering)
        let rank = lowering.extents(call.query).count
        guard rank >= 2, [call.value, call.key].allSatisfy({ lowering.extents($0).count == rank }) else {
            throw lowering.failure("It takes two or three inputs of shape (length, features).")
        }
        let axes = try positions(rank, lowering)
        let projection = HeadProjection(heads: heads, hasBias: hasBias)
        var queries = try projection.split(call.query, "query", size: keySize, &lowering)
        let keys = try projection.split(call.key, "key", size: keySize, &lowering)
        let values = try projection.split(call.value, "value", size: valueSize, &lowering)
        queries = try lowering.push(.affine(Affine(scale: 1 / Double(keySize).squareRoot())), [queries])
        // Labels of the query's axes, then the head, then the feature; attended axes of the source have labels of their
        // own.
        let target = Array(0..<rank + 1)
        var source = target
        for (number, axis) in axes.enumerated() { source[axis] = rank + 1 + number }
        let scoreLabels =
            target.dropLast().filter { !axes.contains($0) } + axes + axes.indices.map { rank + 1 + $0 }
        var weights = try lowering.push(
            .valueProduct(ValueProduct(left: target, right: source, output: scoreLabels)), [queries, keys])
        var mask = try call.masks.combined(
            targets: call.query, sources: call.value, axis: 0, into: &lowering)
        if let given = mask {
            // Axes that the mask lacks come before those of the positions; the first ones need not be there.
            let missing = scoreLabels.count - lowering.extents(given).count
            let place = lowering.extents(given).count - 2 * axes.count
            if missing > 0, place > 0 {
                mask = try lowering.inserting(axes: Array(repeating: place, count: missing), into: given)
            }
            mask = try mask.map { try lowering.broadcastable($0, to: weights) }
        }
        let isFused = !hasDropout && !call.returnsScores && rank == 2
        weights = try lowering.softmax(
            softmax(scoreLabels.count, axes.count), weights, mask: mask, leavesNothing: takesMasks && !isFused)
        var mixed = try lowering.push(
            .valueProduct(ValueProduct(left: scoreLabels, right: source, output: target)),
            [lowering.dropping(dropout, weights), values])
        if hasGate {
            let gate = try projection.split(call.query, "gate", size: valueSize, &lowering)
            mixed = try lowering.combine(.multiply, mixed, lowering.apply("sigmoid", gate))
        }
        let depth = try lowering.channels(call.query, .last)
        let output = try projection.join(mixed, size: valueSize, to: outputShape ?? [depth], &lowering)
        if takesMasks {
            for value in [call.query, call.value, call.key] { lowering.setMask(nil, of: value) }
        }
        return call.returnsScores ? [output, weights] : [output]
    }

    /// The axes that are attended along, as positions among the extents.
    private func positions(_ rank: Int, _ lowering: Lowering) throws -> [Int] {
        guard let attentionAxes else { return Array(0..<rank - 1) }
        let result = attentionAxes.map { ($0 < 0 ? rank + 1 + $0 : $0) - 1 }
        guard result.allSatisfy((0..<rank - 1).contains), Set(result).count == result.count else {
            throw lowering.failure("'attention_axes' is \(attentionAxes) for inputs of \(rank + 1) axes.")
        }
        return result
    }

    /// Over the last `count` of `rank` axes.
    private func softmax(_ rank: Int, _ count: Int) -> Activation {
        if count == 1 { return Activation("softmax") }
        return Activation("softmax", arguments: ["axes": .array((rank - count..<rank).map { .integer($0) })])
    }
}
