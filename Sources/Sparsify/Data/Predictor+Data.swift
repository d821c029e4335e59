internal import Inference
internal import Tensors

extension Predictor {
    /// The network's first output for all examples, which pass batch by batch.
    func output(_ data: CalibrationData, _ options: JobOptions) throws -> Tensor<Float> {
        options.progress?.begin("running", total: data.count)
        var values: [Float] = []
        var shape: [Int] = []
        for range in data.batches {
            try options.cancellation?.check()
            let part: Tensor<Float> = try predict(data.inputs(range), batch: range.count)[0]
            values += part.values
            shape = [data.count] + part.shape.dropFirst()
            options.progress?.add(range.count)
        }
        return try Tensor(shape: shape, values: values)
    }
}
