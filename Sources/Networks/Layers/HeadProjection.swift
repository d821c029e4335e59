/// The products that split features into heads, and join heads into features again.
struct HeadProjection {
    var heads: Int
    var hasBias: Bool

    /// A product of the last axis with a (features, heads, size) kernel, which two axes come of.
    func split(
        _ input: ValueID, _ part: String, size: Int, heads: Int? = nil, _ lowering: inout Lowering
    ) throws -> ValueID {
        let rank = lowering.extents(input).count
        let heads = heads ?? self.heads
        let depth = try lowering.channels(input, .last)
        return try lowering.part(part) { lowering in
            var parameters = [try lowering.parameter("kernel", [depth, heads, size])]
            if hasBias { parameters.append(try lowering.parameter("bias", [heads, size])) }
            let primitive = Contraction(
                input: Array(0..<rank), kernel: [rank - 1, rank, rank + 1],
                output: Array(0..<rank - 1) + [rank, rank + 1], kernelExtents: [depth, heads, size], hasBias: hasBias)
            return try lowering.push(.contraction(primitive), [input], parameters)
        }
    }

    /// A product of the last two axes with a (heads, size, results…) kernel.
    func join(_ input: ValueID, size: Int, to results: [Int], _ lowering: inout Lowering) throws -> ValueID {
        let rank = lowering.extents(input).count
        return try lowering.part("attention_output") { lowering in
            let extents = [heads, size] + results
            var parameters = [try lowering.parameter("kernel", extents)]
            if hasBias { parameters.append(try lowering.parameter("bias", results)) }
            let free = results.indices.map { rank + $0 }
            let primitive = Contraction(
                input: Array(0..<rank), kernel: [rank - 2, rank - 1] + free, output: Array(0..<rank - 2) + free,
                kernelExtents: extents, hasBias: hasBias)
            return try lowering.push(.contraction(primitive), [input], parameters)
        }
    }
}
