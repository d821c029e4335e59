import Inference
import Pruning
import Reports
import SparseModels
import Sparsify

/// The examples of `README.md`, a function each, with files in a folder.
struct ReadmeExamples {
    let folder: TemporaryFolder
    let pixels: [Float]

    func prune() throws {
        let request = try PruningRequest(sparsity: 0.8)
        var job = PruneJob(input: folder("digits_mlp.h5"), output: folder("digits_mlp.spm"), request: request)
        job.exclude = ["*dense_2*"]
        let report = try job.run()
        print(report.totals.fileBytes, report.totals.sparseFlops ?? 0)
    }

    func open() throws -> ([Float], Int, Int?) {
        let model = try SparseModel(contentsOf: folder("digits_mlp.spm"))
        let images = try Tensor(shape: [pixels.count / 64, 8, 8], values: pixels)
        let probabilities = try model.predict(images)  // of shape (images, 10)

        let kernel = try model.matrix("model_weights/dense/digits_mlp/dense/kernel")  // CSR
        let byOutput = kernel.transposed()
        let bias = try model.dense("model_weights/dense/digits_mlp/dense/bias").floats

        return (probabilities.values, byOutput.rowCount, bias?.count)
    }

    func run() throws -> [Float] {
        let images = try Tensor(shape: [pixels.count / 64, 8, 8], values: pixels)
        let model = try Model(contentsOf: folder("digits_mlp.h5"))
        let probabilities = try model.predict(images)

        return probabilities.values
    }
}
