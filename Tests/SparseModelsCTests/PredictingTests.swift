import CSparsify
import Dispatch
import Inference
import SparseModels
import Synchronization
import Testing

@testable import SparseModelsC

/// `sparsify_predict`, on the models of `fixtures/`.
@Suite struct PredictingTests {
    /// What a call came to; `output` keeps its marks where nothing was written.
    private struct Call {
        var status: sparsify_status
        var message: String
        var output: [Float]
    }

    private static let mark: Float = -7

    private func predict(
        _ model: OpaquePointer?, _ examples: Int, _ input: [Float], count: Int? = nil, capacity: Int
    ) -> Call {
        var output = [Float](repeating: Self.mark, count: max(0, min(capacity, 4096)))
        var error = sparsify_error()
        let status = sparsify_predict(model, examples, input, count ?? input.count, &output, capacity, &error)
        return Call(status: status, message: error.text, output: output)
    }

    @Test(arguments: ["digits_mlp", "digits_cnn", "digits_lstm", "digits_attention"], [1, 7, 360])
    func numbersAreThoseOfSwift(name: String, examples: Int) throws {
        let file = try TestModel(name)
        let images = try Array(TestModel.images().prefix(examples * 64))
        let expected = try SparseModel(contentsOf: file.path).predict(Tensor(shape: [examples, 8, 8], values: images))
        try file.withHandle { model in
            let call = predict(model, examples, images, capacity: examples * 10)
            #expect(call.status == SPARSIFY_OK && call.message.isEmpty)
            #expect(call.output == expected.values)
        }
    }

    @Test func threadsShareAModel() throws {
        let images = try TestModel.images()
        try TestModel("digits_mlp").withHandle(threads: 2) { model in
            let expected = (0..<8).map { predict(model, 1, Array(images[$0 * 64..<$0 * 64 + 64]), capacity: 10).output }
            let wrong = Mutex(0)
            nonisolated(unsafe) let model = model
            DispatchQueue.concurrentPerform(iterations: 64) { index in
                let image = index % 8
                let good = predict(model, 1, Array(images[image * 64..<image * 64 + 64]), capacity: 10)
                let bad = predict(model, 1, [Float](repeating: 0, count: index), capacity: 10)
                let isRight =
                    good.output == expected[image] && good.message.isEmpty && bad.status == SPARSIFY_USAGE
                    && bad.message.hasPrefix("\(index) numbers")
                if !isRight { wrong.withLock { $0 += 1 } }
            }
            #expect(wrong.withLock { $0 } == 0)
        }
    }

    @Test func noExamplesGiveNoNumbers() throws {
        try TestModel("digits_mlp").withHandle { model in
            #expect(sparsify_predict(model, 0, nil, 0, nil, 0, nil) == SPARSIFY_OK)
        }
    }

    @Test func nullPointersAreRefused() throws {
        let numbers = [Float](repeating: 0, count: 64)
        #expect(predict(nil, 1, numbers, capacity: 10).message == "The pointer to the model is null.")
        try TestModel("digits_mlp").withHandle { model in
            var error = sparsify_error()
            var output = [Float](repeating: Self.mark, count: 10)
            #expect(sparsify_predict(model, 1, nil, 64, &output, 10, &error) == SPARSIFY_USAGE)
            #expect(error.text == "The pointer to input 'input_layer' is null.")
            #expect(sparsify_predict(model, 1, numbers, 64, nil, 10, &error) == SPARSIFY_USAGE)
            #expect(error.text == "The pointer to the output is null.")
            #expect(sparsify_predict(model, 1, nil, 64, nil, 10, nil) == SPARSIFY_USAGE)
        }
    }

    @Test(arguments: [
        (1, 63, 10), (1, 65, 10), (2, 64, 20), (0, 64, 0), (1, 0, 10), (-1, 64, 10), (Int.max, 64, 10),
        (1, Int.max, 10), (1, -1, 10), (1, Int.max / 4, 10), (1 << 58, 0, 10), (Int.min, 64, 10),
        (1, 64, 9), (1, 64, 11), (1, 64, 0), (1, 64, Int.max), (1, 64, -1), (1, 64, Int.min),
    ])
    func countsThatDoNotFitAreRefused(examples: Int, count: Int, capacity: Int) throws {
        try TestModel("digits_mlp").withHandle { model in
            let numbers = [Float](repeating: 0, count: 128)
            let call = predict(model, examples, numbers, count: count, capacity: capacity)
            #expect(call.status == SPARSIFY_USAGE && !call.message.isEmpty)
            #expect(call.output.allSatisfy { $0 == Self.mark })
        }
    }
}
