import Networks
import Pruning
import SparseModels
import Tensors
import Testing

@testable import Inference
@testable import Sparsify

/// Channels that a pruned model runs without.
@Suite struct RemovalTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    /// Tensors of a `.spm` by layer and role.
    private struct Tensors: ParameterSource {
        let model: SparseModel

        func numbers(_ layer: String, _ role: String) throws -> [Float] {
            let name = try #require(model.names.first { $0.hasSuffix("/\(layer)/\(role)") })
            return try #require(model.dense(name).floats)
        }

        func check(_ parameter: ParameterReference, count: Int) throws {}

        func read(_ parameter: ParameterReference, into destination: UnsafeMutableBufferPointer<Float>) throws {
            _ = destination.update(fromContentsOf: try numbers(parameter.layer, parameter.role))
        }

        func read(_ parameter: ParameterReference, into destination: UnsafeMutableBufferPointer<Double>) throws {
            _ = destination.update(fromContentsOf: try numbers(parameter.layer, parameter.role).map(Double.init))
        }
    }

    /// Which of `count` slices of an array are zero: element i belongs to slice i / inner modulo count.
    private func zeroSlices(_ numbers: [Float], _ count: Int, inner: Int) -> Set<Int> {
        var zero = Set(0..<count)
        for (index, number) in numbers.enumerated() where number != 0 { zero.remove(index / inner % count) }
        return zero
    }

    @Test(arguments: [0.9, 0.98])
    func aPrunedModel(sparsity: Double) throws {
        let request = try PruningRequest(sparsity: sparsity, scope: .global)
        _ = try PruneJob(input: Fixtures.path("digits_cnn.h5"), output: folder("out.spm"), request: request).run()
        let model = try SparseModel(contentsOf: folder("out.spm"))
        let predictor = try model.predictor()
        let removals = try predictor.removals()
        let source = Tensors(model: model)

        // The last convolution, which pooling and one layer follow, and the second, which one layer reads.
        let empty = zeroSlices(try source.numbers("conv2d_3", "kernel"), 64, inner: 1)
        let ignored = zeroSlices(try source.numbers("dense_3", "kernel"), 64, inner: 10)
        let last = removals.first { $0.layer == "conv2d_3" }
        #expect(last?.outputs ?? 64 == 64 && last?.constantOutputs ?? 0 == empty.count)
        #expect(last?.unreadOutputs ?? 0 == ignored.subtracting(empty).count)
        #expect(removals.first { $0.layer == "dense_3" }?.removedInputs ?? 0 == ignored.union(empty).count)
        let second = removals.first { $0.layer == "conv2d_1" }
        let unread = zeroSlices(try source.numbers("conv2d_2", "kernel"), 32, inner: 32)
        #expect((second?.constantOutputs ?? 0) + (second?.unreadOutputs ?? 0) >= unread.count)
        if sparsity > 0.95 { #expect(!empty.isEmpty && !unread.isEmpty) }

        let values = (0..<64 * 20).map { Float($0 * 37 % 101) / 100 }
        let images = try Tensor(shape: [20, 8, 8], values: values)
        let whole = NetworkRunner<Float>(
            predictor.network, parameters: source, threads: 1, kernels: .dense, maximumBytes: nil, isReduced: false)
        let wanted = try whole.run([images])[0]
        let found = try model.predict(images)
        #expect(zip(found.values, wanted.values).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test func benchSaysWhatIsLeftOut() throws {
        let request = try PruningRequest(sparsity: 0.98, scope: .global)
        _ = try PruneJob(input: Fixtures.path("digits_cnn.h5"), output: folder("out.spm"), request: request).run()
        var job = BenchJob(model: folder("out.spm"))
        (job.batches, job.runs) = ([1], 1)
        let removals = try job.run().removals
        #expect(try removals == SparseModel(contentsOf: folder("out.spm")).predictor().removals())
        #expect(removals.map(\.layer) == ["conv2d", "conv2d_1", "conv2d_2", "conv2d_3", "dense_3"])
        var whole = BenchJob(model: Fixtures.path("digits_cnn.h5"))
        (whole.batches, whole.runs) = ([1], 1)
        #expect(try whole.run().removals.isEmpty)
    }
}
