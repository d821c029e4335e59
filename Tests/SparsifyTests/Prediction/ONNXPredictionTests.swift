import Inference
import ModelIO
import OtherFormats
import Pruning
import Reports
import SparseModels
import Tensors
import Testing

@testable import Sparsify

/// Exports of PyTorch against what ONNX Runtime makes of them.
@Suite struct ONNXPredictionTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    static let models = ["resnet", "mobilenet", "decoder", "lstm", "gru", "rnn", "encoder"]

    private func path(_ name: String) -> String { Fixtures.path("onnx/\(name).onnx") }

    private func inputs(_ name: String, _ model: Model) throws -> [String: Tensor<Float>] {
        let archive = try NPZArchive(path: Fixtures.path("onnx/\(name).npz"))
        return try Dictionary(
            uniqueKeysWithValues: model.predictor().inputNames.map { input in
                let array = try archive.array(input)
                return (input, try Tensor(shape: array.shape.dimensions, values: array.doubles().map { Float($0) }))
            })
    }

    @Test(arguments: models)
    func predictionsAreThoseOfONNXRuntime(name: String) throws {
        let model = try Model(contentsOf: path(name))
        let results = try model.predict(inputs(name, model))
        let archive = try NPZArchive(path: Fixtures.path("onnx/\(name).npz"))
        for (output, result) in results {
            let expected = try archive.array(output.replacing("/", with: "_"))
            #expect(result.shape == expected.shape.dimensions)
            let values = try expected.floats()
            let scale = values.map { abs($0) }.max() ?? 1
            let gap = zip(result.values, values).map { abs($0 - $1) }.max() ?? .infinity
            #expect(gap <= 1e-5 * scale)
        }
    }

    @Test(arguments: models)
    func conversionsAndSparseFilesPredictTheSameBits(name: String) throws {
        let model = try Model(contentsOf: path(name))
        let given = try inputs(name, model)
        let expected = try model.predict(given)
        _ = try ConvertJob(input: path(name), output: folder("x.spm")).run()
        _ = try ConvertJob(input: folder("x.spm"), output: folder("x.h5")).run()
        _ = try ConvertJob(input: folder("x.h5"), output: folder("x.onnx")).run()
        for ending in ["spm", "h5", "onnx"] {
            #expect(try Model(contentsOf: folder("x.\(ending)")).predict(given) == expected)
        }
        #expect(try elements(folder("x.onnx")) == elements(path(name)))
    }

    /// The kernels without zeros compute what the dense ones do.
    @Test(arguments: models)
    func sparseKernelsAgree(name: String) throws {
        let request = try PruningRequest(sparsity: 0.8)
        let report = try PruneJob(input: path(name), output: folder("x.onnx"), request: request).run()
        #expect(report.totals.sparseFlops != nil)
        _ = try ConvertJob(input: folder("x.onnx"), output: folder("x.spm")).run()
        let dense = try Model(contentsOf: folder("x.onnx"), kernels: .dense)
        let sparse = try Model(contentsOf: folder("x.spm"), kernels: .sparse)
        let given = try inputs(name, dense)
        let expected = try dense.predict(given)
        for (output, result) in try sparse.predict(given) {
            let values = try #require(expected[output]).values
            let scale = max(values.map { abs($0) }.max() ?? 1, 1e-3)
            #expect(zip(result.values, values).allSatisfy { abs($0 - $1) <= 1e-4 * scale })
        }
    }

    @Test func anUnknownOperatorIsNamedAndTheRestDone() throws {
        let error = #expect(throws: SparsifyError.self) {
            _ = try Model(contentsOf: path("unknown")).predict(Tensor(shape: [1, 3], values: [1, 2, 3]))
        }
        #expect(error?.code == .unsupported)
        #expect(error?.description.contains("'odd' (Sparkle)") == true)
        #expect(error?.description.contains("inspected, pruned and converted") == true)
        let report = try PruneJob(
            input: path("unknown"), output: folder("x.onnx"), request: try PruningRequest(sparsity: 0.5)
        ).run()
        #expect(report.totals.nonzeros != nil)
    }

    /// Both directions of a recurrent layer lie in one tensor, and each is counted by what it has: 6 steps of products with
    /// what is not zero.
    @Test func operationsOfBothDirections() throws {
        let report = try PruneJob(
            input: path("lstm"), output: folder("x.onnx"), request: try PruningRequest(sparsity: 0.7)
        ).run()
        let kernels = report.tensors.filter { $0.reason.contains("of LSTM") }
        #expect(kernels.count == 2)
        let kept = try kernels.reduce(0) { $0 + (try #require($1.nonzeros)) }
        let layer = try #require(report.layers.first { $0.kind == "LSTM" })
        // Three more multiplications for each of the 5 units of both directions.
        #expect(layer.sparseMultiplications == 6 * (kept + 3 * 10))
    }
}
