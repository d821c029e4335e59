import Dispatch
import Inference
import SparseModels
import Sparsify

/// `inference-benchmark MODEL BATCH THREADS RUNS [dense|sparse]`: how long a model's network takes for one batch, run after run in one
/// process, after two that do not count. Prints one JSON object with the median in milliseconds.
@main
struct InferenceBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 5, let batch = Int(arguments[2]), let threads = Int(arguments[3]),
            let runs = Int(arguments[4])
        else { fatalError("usage: inference-benchmark MODEL BATCH THREADS RUNS [dense|sparse]") }
        let kernels: KernelPolicy =
            switch arguments.dropFirst(5).first {
            case "dense": .dense
            case "sparse": .sparse
            default: .standard
            }
        let predictor = try Model(
            contentsOf: arguments[1], kernels: kernels, options: JobOptions(threads: threads)
        ).predictor()
        let inputs = try predictor.network.inputs.map { input in
            let extents = (predictor.network.program[input].extents ?? []).map { $0 ?? 16 }
            return try Tensor<Float>(shape: [batch] + extents, values: noise(extents.reduce(batch, *)))
        }
        var check: Float = 0
        var times: [Double] = []
        // Without runs: one batch, to time a process from start to first result.
        for run in 0..<(runs == 0 ? 1 : runs + 2) {
            let start = DispatchTime.now().uptimeNanoseconds
            check += try predictor.predict(inputs, batch: batch)[0].values[0]
            if run >= 2 || runs == 0 { times.append(Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6) }
        }
        times.sort()
        print("{\"milliseconds\": \(times[times.count / 2]), \"least\": \(times[0]), \"check\": \(check)}")
    }

    /// Numbers from 0 to 1, the same each time.
    static func noise(_ count: Int) -> [Float] {
        var state: UInt64 = 1
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(state >> 40) / Float(1 << 24)
        }
    }
}
