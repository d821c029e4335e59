internal import Inference
internal import KerasModels
internal import Networks
public import Pruning
internal import SparseModels
internal import Tensors
internal import Training

public enum ObsExperiment {
    public static func run(model path: String, data: String, validation: String, sparsities: [Double], obs: OptimalBrainSurgeon) throws {
        let options = JobOptions(threads: obs.threads)
        let model = try OpenModel(path, options: options).masked()
        let network = model.analysis.document.network!
        var request = DataRequest(file: data)
        request.scale = 1 / 255
        request.samples = nil
        let train = try CalibrationData.load(request, for: network, model: path, options: options)
        request.file = validation
        let val = try CalibrationData.load(request, for: network, model: path, options: options)
        func examples(_ d: CalibrationData) throws -> Examples {
            try Examples(
                count: d.count, extents: d.inputs.map { Array($0.shape.dropFirst()) }, inputs: d.inputs.map(\.values),
                labels: .classes(d.labels!.values.map { Int32($0) }))
        }
        let (te, ve) = (try examples(train), try examples(val))
        let source = ModelParameters(model.reader, roles: model.analysis.document.roles)
        let prunable = try ParameterTable(network).entries.filter { $0.role.isPrunable }.map(\.reference)
        let loss = try NetworkLoss(network, source, prunable: prunable, te, loss: nil, threads: obs.threads)
        let vloss = try NetworkLoss(network, source, prunable: prunable, ve, loss: nil, threads: obs.threads)
        func accuracy(_ weights: [Float]) throws -> Double {
            let outputs = try vloss.outputs(weights)
            guard case .classes(let classes) = ve.labels else { return 0 }
            var right = 0
            let n = outputs.count / classes.count
            for (i, c) in classes.enumerated() {
                let row = outputs[i * n..<(i + 1) * n]
                if row.firstIndex(of: row.max()!)! - row.startIndex == Int(c) { right += 1 }
            }
            return Double(right) / Double(classes.count)
        }
        print("dense", try accuracy(loss.weights), "n", loss.count)
        for s in sparsities {
            let start = ContinuousClock.now
            let zeros = Int((Double(loss.count) * s).rounded())
            let out = try obs.prune(
                loss.weights, loss, targets: .global(zeros: zeros, floors: loss.tensors.map { _ in 1 }))
            print(s, try accuracy(out.weights), "kept", out.isKept.count { $0 }, ContinuousClock.now - start)
            for r in out.rounds {
                print("   ", r.kept, "b", r.block, "damp", r.fisherDamping, r.damping, "prod", r.products, "loss", r.lossBefore, r.lossRemoved, r.lossAfter, "pred", r.predictedChange)
            }
        }
    }
}
