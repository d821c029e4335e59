import Inference
import ModelIO
import OtherFormats
import Pruning
import SparseModels
import Tensors
import Testing

@testable import Sparsify

/// The models in `fixtures/` against what Keras predicts with them.
@Suite struct FixturePredictionTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    static let models = ["digits_mlp", "digits_cnn", "digits_lstm", "digits_attention"]

    private static func images() throws -> Tensor<Float> {
        let array = try NPZArchive(path: Fixtures.path("digits.npz")).array("x_test")
        return try Tensor(shape: array.shape.dimensions, values: array.floats())
    }

    private static func labels() throws -> [Int] {
        try NPZArchive(path: Fixtures.path("digits.npz")).array("y_test").integers()
    }

    private static func keras(_ model: String) throws -> (predictions: [Float], accuracy: Double) {
        let archive = try NPZArchive(path: Fixtures.path("predictions.npz"))
        return (try archive.array(model).floats(), try archive.array("\(model)_accuracy").doubles()[0])
    }

    /// The share of rows of ten whose first greatest element is that of the label.
    private static func accuracy(_ values: [Float], _ labels: [Int]) -> Double {
        let right = labels.enumerated().filter { example, label in
            let row = Array(values[example * 10..<example * 10 + 10])
            return row.firstIndex(of: row.max()!) == label
        }
        return Double(right.count) / Double(labels.count)
    }

    @Test(arguments: models)
    func predictionsAreThoseOfKeras(name: String) throws {
        let images = try Self.images()
        let expected = try Self.keras(name)
        let model = try Model(contentsOf: Fixtures.path("\(name).h5"))
        #expect(model.path == Fixtures.path("\(name).h5"))
        let result = try model.predict(images)
        #expect(result.shape == [360, 10])
        let gap = zip(result.values, expected.predictions).map { abs($0 - $1) }.max() ?? .infinity
        #expect(gap < 1e-4)
        #expect(Self.accuracy(result.values, try Self.labels()) == expected.accuracy)
        // Doubles in and out, single precision between.
        let doubles = try model.predict(Tensor<Double>(shape: images.shape, values: images.values.map(Double.init)))
        #expect(doubles.values.map { Float($0) } == result.values)
    }

    @Test(arguments: models)
    func sparseFilesPredictTheSameBits(name: String) throws {
        let images = try Self.images()
        let dense = try Model(contentsOf: Fixtures.path("\(name).h5")).predict(images)
        var job = PruneJob(
            input: Fixtures.path("\(name).h5"), output: folder("out.spm"), request: try PruningRequest(sparsity: 0))
        job.verifies = false
        _ = try job.run()
        let app = try SparseModel(contentsOf: folder("out.spm"), threads: 1)
        #expect(try app.predict(images) == dense)
        #expect(try Model(contentsOf: folder("out.spm")).predict(images) == dense)
        _ = try ConvertJob(input: folder("out.spm"), output: folder("back.h5")).run()
        #expect(try Model(contentsOf: folder("back.h5")).predict(images) == dense)
    }

    /// What is pruned is zero in the computation too: a `.spm` and the `.h5` made from it agree, and differ from before.
    @Test(arguments: models)
    func prunedFilesPredictAsTheirDenseForm(name: String) throws {
        let images = try Self.images()
        let dense = try Model(contentsOf: Fixtures.path("\(name).h5")).predict(images)
        let request = try PruningRequest(sparsity: 0.5)
        for ending in ["spm", "h5"] {
            _ = try PruneJob(input: Fixtures.path("\(name).h5"), output: folder("out.\(ending)"), request: request)
                .run()
        }
        let sparse = try SparseModel(contentsOf: folder("out.spm")).predict(images)
        #expect(try Model(contentsOf: folder("out.h5")).predict(images) == sparse)
        #expect(sparse != dense)
        #expect(Self.accuracy(sparse.values, try Self.labels()) > 0.5)
    }
}
