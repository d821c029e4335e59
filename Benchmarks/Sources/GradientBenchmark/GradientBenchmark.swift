import Dispatch
import Sparsify
import Training

/// `gradient-benchmark MODEL BATCH THREADS RUNS [examples|product]`: how long the gradient of a model's loss over one batch of
/// noise takes, run after run in one process, after two that do not count; or the gradients of the batch's examples one by
/// one; or a product with the Gauss-Newton matrix. Weights are noise too. Prints one JSON object in milliseconds.
@main
struct GradientBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 5, let batch = Int(arguments[2]), let threads = Int(arguments[3]),
            let runs = Int(arguments[4])
        else { fatalError("usage: gradient-benchmark MODEL BATCH THREADS RUNS [examples|product]") }
        let network = try Model(contentsOf: arguments[1]).predictor().network
        let gradients = try LossGradients<Float>(network, hasClasses: true, threads: threads)
        let parameters = noise(gradients.table.count).map { $0 * 0.1 - 0.05 }
        let extents = network.inputs.map { (network.program[$0].extents ?? []).map { $0 ?? 16 } }
        let classes = network.program[network.outputs[0]].extents?.last.flatMap { $0 } ?? 1
        let examples = try Examples(
            count: batch, extents: extents, inputs: extents.map { noise($0.reduce(batch, *)) },
            labels: .classes((0..<Int32(batch)).map { $0 % Int32(classes) }))
        var check = 0.0
        var times: [Double] = []
        for run in 0..<runs + 2 {
            let start = DispatchTime.now().uptimeNanoseconds
            switch arguments.dropFirst(5).first {
            case "examples": try gradients.forEachExample(parameters, examples) { _, _, _, _ in }
            case "product":
                check += Double(try gradients.product(.gaussNewton, parameters, parameters, examples)[0])
            default: check += try gradients.gradient(parameters, examples).loss
            }
            if run >= 2 { times.append(Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6) }
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
