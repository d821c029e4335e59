import Testing

@testable import Inference
@testable import Networks

/// Runs a network with sparse kernels wherever there are such, and expects what dense ones give: with all weights, with
/// one in three, with none. On several threads the bits are the same; and from a source that knows its non-zeros.
func expectSparseAgreement(
    _ network: Network, _ parameters: MemoryParameters, _ inputs: [Values], tolerance: Double,
    _ location: SourceLocation
) throws {
    for share in [1, 3, 1000] {
        let thinned = parameters.keeping(oneIn: share)
        func run(_ kernels: KernelPolicy, _ source: any ParameterSource, threads: Int = 1) throws -> [Tensor<Float>] {
            try NetworkRunner<Float>(network, parameters: source, threads: threads, kernels: kernels)
                .run(inputs.map(tensor))
        }
        let dense = try run(.dense, thinned)
        let sparse = try run(.sparse, thinned)
        for (output, wanted) in dense.enumerated() {
            let difference = gap(sparse[output].values, wanted.values.map(Double.init))
            #expect(difference <= tolerance, "output \(output), sparse, one in \(share)", sourceLocation: location)
        }
        #expect(
            try bits(run(.sparse, thinned, threads: 3)) == bits(sparse), "on three threads", sourceLocation: location)
        #expect(
            try bits(run(.sparse, SparseMemoryParameters(thinned))) == bits(sparse), "from non-zeros",
            sourceLocation: location)
    }
}

extension MemoryParameters {
    /// One element in `share` of each parameter, the others zero; small parameters, as biases are, stay whole.
    func keeping(oneIn share: Int) -> MemoryParameters {
        var generator = SplitMix64(UInt64(share))
        var kept: [ParameterReference: [Double]] = [:]
        for (reference, numbers) in values.sorted(by: { $0.key.layer < $1.key.layer }) {
            kept[reference] =
                numbers.count < 12 || share == 1
                ? numbers : numbers.map { generator.next() % UInt64(share) == 0 ? $0 : 0 }
        }
        return MemoryParameters(kept)
    }
}

/// Parameters that say what is not zero.
struct SparseMemoryParameters: ParameterSource {
    let whole: MemoryParameters

    init(_ whole: MemoryParameters) { self.whole = whole }

    func check(_ parameter: ParameterReference, count: Int) throws { try whole.check(parameter, count: count) }

    func read(_ parameter: ParameterReference, into destination: UnsafeMutableBufferPointer<Float>) throws {
        try whole.read(parameter, into: destination)
    }

    func read(_ parameter: ParameterReference, into destination: UnsafeMutableBufferPointer<Double>) throws {
        try whole.read(parameter, into: destination)
    }

    func nonzeros(_ parameter: ParameterReference) throws -> Int? {
        whole.values[parameter]?.count { $0 != 0 }
    }

    func readNonzeros(
        _ parameter: ParameterReference, positions: UnsafeMutableBufferPointer<UInt32>,
        values: UnsafeMutableBufferPointer<Float>, threads: Int
    ) throws {
        var next = 0
        for (index, number) in (whole.values[parameter] ?? []).enumerated() where number != 0 {
            positions[next] = UInt32(index)
            values[next] = Float(number)
            next += 1
        }
    }
}
