internal import CSparsify
internal import Inference
internal import Tensors

extension OpenModel {
    /// The numbers of each output for a batch.
    ///
    /// - Throws: `usage` where a count or a shape does not fit; what running throws.
    func run(_ inputs: [sparsify_input_values], examples: Int) throws -> [[Float]] {
        guard examples >= 0 else {
            throw SparsifyError(.usage, "The number of examples is larger than this machine can count.")
        }
        let tensors = try inputs.enumerated().map { index, input in
            let what = "input '\(predictor.inputNames[index])'"
            let network = predictor.inputExtents[index]
            let values = try buffer(input.values, input.count, what)
            let extents =
                input.extents == nil
                ? try Self.filled(network, examples: examples, count: input.count, what)
                : try Self.given(input, network, what)
            let shape = [examples] + extents
            guard (try? Shape(shape))?.elementCount == input.count else {
                throw SparsifyError(.usage, "\(input.count) numbers do not fill \(what), whose shape is \(shape).")
            }
            return try Tensor(shape: shape, values: Array(values))
        }
        return try predictor.predict(tensors).map(\.values)
    }

    /// The shape of one example as the caller gave it.
    private static func given(
        _ input: sparsify_input_values, _ extents: [Int?], _ what: String
    ) throws -> [Int] {
        guard input.rank == extents.count else {
            throw SparsifyError(.usage, "The shape of \(what) has \(extents.count) extents, not \(input.rank).")
        }
        return try buffer(input.extents, input.rank, "the shape of \(what)").map { Int($0) }
    }

    /// The shape of one example by the network, in which one open extent follows from the count of numbers.
    private static func filled(
        _ extents: [Int?], examples: Int, count: Int, _ what: String
    ) throws -> [Int] {
        let known = extents.compactMap(\.self)
        guard known.count < extents.count else { return known }
        guard known.count == extents.count - 1 else {
            throw SparsifyError(
                .usage, "The network leaves more than one extent of \(what) open.",
                remedy: "Call sparsify_run, and give the shape.")
        }
        let others = (try? Shape([examples] + known).elementCount) ?? 0
        return extents.map { $0 ?? (others == 0 ? 0 : count / others) }
    }
}
