/// Attention over one axis: kernels (features, heads, size) for query, key and value, (heads, value size, features)
/// for the result.
struct MultiHeadAttentionLayer: LayerKind {
    static let names = ["MultiHeadAttention"]

    private let heads: Int
    private let keySize: Int
    private let valueSize: Int
    private let hasBias: Bool
    private let outputShape: [Int]?

    init(_ config: LayerConfig) throws {
        heads = try config.integer("num_heads")
        keySize = try config.integer("key_dim")
        valueSize = try config.integer("value_dim", default: keySize)
        hasBias = try config.bool("use_bias", default: true)
        outputShape = try config.integerList("output_shape")
        guard try config.integerList("attention_axes") ?? [1] == [1] else {
            throw config.unsupported("it attends along other axes than the first")
        }
    }

    var parameters: [ParameterRole] {
        func part(_ name: String, group: String, outputs: [Int]) -> [ParameterRole] {
            roles([
                ("kernel", .weight, OutputIndexing(axes: outputs)), hasBias ? ("bias", .bias, .none) : nil,
            ]).map { $0.within(name, group: group) }
        }
        let outputRank = outputShape?.count ?? 1
        return part("query", group: "query_dense", outputs: [1, 2])
            + part("key", group: "key_dense", outputs: [1, 2])
            + part("value", group: "value_dense", outputs: [1, 2])
            + part("attention_output", group: "output_dense", outputs: Array(2..<2 + outputRank))
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        guard inputs.count >= 2, inputs.prefix(3).allSatisfy({ lowering.extents($0).count == 2 }) else {
            throw lowering.failure("It takes two or three inputs of shape (length, features).")
        }
        // Called with query, value and, unless it is the same, key.
        let (query, value, key) = (inputs[0], inputs[1], inputs.count > 2 ? inputs[2] : inputs[1])
        let depth = try lowering.channels(query, .last)
        let queries = try project(query, "query", size: keySize, &lowering)
        let keys = try project(key, "key", size: keySize, &lowering)
        let values = try project(value, "value", size: valueSize, &lowering)
        // Labels: 0 target position, 1 head, 2 feature, 3 source position.
        let scores = try lowering.push(
            .valueProduct(
                ValueProduct(
                    left: [0, 1, 2], right: [3, 1, 2], output: [1, 0, 3], scale: 1 / Double(keySize).squareRoot())),
            [queries, keys])
        let weights = try lowering.push(.activation(Activation("softmax")), [scores])
        let mixed = try lowering.push(
            .valueProduct(ValueProduct(left: [1, 0, 3], right: [3, 1, 2], output: [0, 1, 2])), [weights, values])
        let results = outputShape ?? [depth]
        let output = try lowering.part("attention_output") { lowering in
            var parameters = [try lowering.parameter("kernel", [heads, valueSize] + results)]
            if hasBias { parameters.append(try lowering.parameter("bias", results)) }
            let free = results.indices.map { 3 + $0 }
            let primitive = Contraction(
                input: [0, 1, 2], kernel: [1, 2] + free, output: [0] + free,
                kernelExtents: [heads, valueSize] + results, hasBias: hasBias)
            return try lowering.push(.contraction(primitive), [mixed], parameters)
        }
        return [output, weights]
    }

    private func project(
        _ input: ValueID, _ part: String, size: Int, _ lowering: inout Lowering
    ) throws -> ValueID {
        let depth = try lowering.channels(input, .last)
        return try lowering.part(part) { lowering in
            var parameters = [try lowering.parameter("kernel", [depth, heads, size])]
            if hasBias { parameters.append(try lowering.parameter("bias", [heads, size])) }
            let primitive = Contraction(
                input: [0, 1], kernel: [1, 2, 3], output: [0, 2, 3], kernelExtents: [depth, heads, size],
                hasBias: hasBias)
            return try lowering.push(.contraction(primitive), [input], parameters)
        }
    }
}
