import Inference
import ModelIO
import OtherFormats
import Pruning
import Reports
import Tensors
import Testing

@testable import Sparsify

/// Reconstruction errors of layer-wise criteria against the papers' formulas in NumPy; `make_layerwise_fixtures.py` made
/// them.
@Suite struct ReferenceErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var model: String
        var criterion: String
        var level: String
        var testDescription: String { "\(model) \(criterion) \(level)" }
    }

    static let cases: [Case] = ["digits_mlp", "digits_cnn", "digits_lstm", "digits_attention", "mobile"].flatMap {
        model in
        ["magnitude", "wanda", "exact", "blocked"].flatMap { criterion in
            (criterion == "magnitude" ? ["0.7"] : ["0.5", "0.7", "2:4"]).map {
                Case(model: model, criterion: criterion, level: $0)
            }
        }
    }

    private static func criterion(_ name: String) -> any LayerCriterion {
        switch name {
        case "magnitude": LayerMagnitude()
        case "wanda": Wanda()
        case "exact": LayerOBS(exactLimit: .infinity)
        default: LayerOBS(exactLimit: 0)
        }
    }

    @Test(arguments: cases)
    func agreesWithTheFormulas(_ test: Case) throws {
        let folder = test.model == "mobile" ? "layerwise/" : ""
        let task = try LayerwiseTask.make(
            "\(folder)\(test.model).h5", sparsity: test.level == "2:4" ? 0.5 : Double(test.level)!,
            pattern: test.level == "2:4" ? GroupPattern("2:4") : nil)
        let outcome = try LayerwisePruning(criterion: Self.criterion(test.criterion)).prune(task)
        let expected = try NPZArchive(path: Fixtures.path("layerwise/errors.npz"))
            .array("\(test.model)/\(test.criterion)/\(test.level)").doubles()
        #expect(outcome.layers.count == expected.count)
        for (layer, wanted) in zip(outcome.layers, expected) {
            // A thousandth of the error, or of a thousandth where it is smaller.
            #expect(
                abs(layer.error - wanted) <= 1e-3 * max(wanted, 1e-3), "\(layer.tensor): \(layer.error), not \(wanted)")
            #expect(layer.error <= layer.magnitudeError)
        }
        for (tensor, result) in zip(task.model.tensors.indices, outcome.tensors) {
            let zeros = try task.model.values(tensor).count { $0 == 0 }
            #expect(zeros >= result.pruned)
            if test.level != "2:4" { #expect(result.pruned == task.zeros?[tensor]) }
        }
    }
}

/// Tasks on fixtures, with the first images of the test set.
enum LayerwiseTask {
    static let samples = 48

    static func make(_ fixture: String, sparsity: Double, pattern: GroupPattern? = nil) throws -> DataTask {
        let model = try OpenModel(Fixtures.path(fixture), options: JobOptions()).prepared(keepingOptimizer: false)
        let selection = try TensorSelection(
            model.reader.tensors, defaults: model.choices, include: [], exclude: [])
        let working = try WorkingModel(model, PlannedModel(model: model, selection: selection))
        let images: Tensor<Float> = try ArrayFile(Fixtures.path("digits.npz") + ":x_test").tensor(JobOptions())
        let data = CalibrationData(
            inputs: [SampleArray(try images.rows(0..<samples))], labels: nil, labelSource: "", rows: Array(0..<samples),
            available: samples, seed: nil, batch: 32, notes: [])
        let request = try PruningRequest(sparsity: sparsity, scope: .layer)
        return DataTask(
            model: working, data: data, request: request,
            zeros: working.tensors.map { request.zeros(of: $0.elementCount) }, pattern: pattern, options: JobOptions())
    }
}
