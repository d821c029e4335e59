internal import Inference
internal import KerasModels
internal import Networks
internal import Tensors

/// Takes the statistics of batch normalisations from data: after pruning, those that training gathered describe values that
/// the layers no longer get.
///
/// Layer by layer in the order of the network: mean and variance, of the population, of the layer's input over all
/// examples and positions, with the layers before it recalibrated already. A forward pass up to each layer.
struct StatisticsRecalibration {
    let model: WorkingModel
    let data: CalibrationData
    let options: JobOptions
    /// Whether layers that are not trained keep theirs.
    var sparesFrozen = false

    /// One layer's statistics, and the steps that use them.
    private struct Layer {
        var mean: ParameterReference
        var variance: ParameterReference
        /// The axis whose positions have statistics of their own.
        var axis: Int
        var inputs: [ValueID]
    }

    /// - Returns: the paths of the layers that were recalibrated.
    func run() throws -> [String] {
        let places = Dictionary(
            model.model.analysis.roles.enumerated().compactMap { index, role in role.parameter.map { ($0, index) } },
            uniquingKeysWith: { first, _ in first })
        let layers = layers()
        options.progress?.begin("recalibrating", total: layers.count)
        for layer in layers {
            guard let mean = places[layer.mean], let variance = places[layer.variance] else { continue }
            let moments = try moments(layer)
            try model.set(at: mean, moments.mean.map { Float($0) }, kept: nil)
            try model.set(at: variance, moments.variance.map { Float($0) }, kept: nil)
            options.progress?.add(1)
        }
        return layers.map(\.mean.layer)
    }

    private func layers() -> [Layer] {
        var layers: [Layer] = []
        for step in model.network.program.steps {
            guard case .affine(let affine) = step.primitive, case .batchStatistics = affine.source,
                let axis = affine.axes.first, step.parameters.count >= 2,
                !sparesFrozen || !step.parameters.contains(where: model.network.isFrozen)
            else { continue }
            let (mean, variance) = (
                step.parameters[step.parameters.count - 2], step.parameters[step.parameters.count - 1]
            )
            if let known = layers.firstIndex(where: { $0.mean == mean }) {
                layers[known].inputs += step.inputs
            } else {
                layers.append(Layer(mean: mean, variance: variance, axis: axis, inputs: step.inputs))
            }
        }
        return layers
    }

    private func moments(_ layer: Layer) throws -> (mean: [Double], variance: [Double]) {
        var moments: Moments?
        for input in layer.inputs {
            var network = model.network
            network.outputs = [input]
            let predictor = Predictor(network, parameters: model.parameters, threads: options.threads, kernels: .dense)
            for range in data.batches {
                try options.cancellation?.check()
                let value: Tensor<Float> = try predictor.predict(data.inputs(range), batch: range.count)[0]
                var sums = moments ?? Moments(count: value.shape[layer.axis + 1])
                sums.add(value, axis: layer.axis + 1)
                moments = sums
            }
        }
        return moments.map { ($0.mean, $0.variance) } ?? ([], [])
    }
}

/// Mean and variance by channel, merged batch by batch (Chan, Golub, LeVeque 1983), so that large means do no harm.
private struct Moments {
    private(set) var mean: [Double]
    private var squares: [Double]
    private var count = 0.0

    init(count: Int) {
        mean = [Double](repeating: 0, count: count)
        squares = mean
    }

    var variance: [Double] { squares.map { $0 / max(count, 1) } }

    mutating func add(_ value: Tensor<Float>, axis: Int) {
        let channels = mean.count
        let inner = value.shape[(axis + 1)...].reduce(1, *)
        let outer = value.shape[..<axis].reduce(1, *)
        guard channels > 0, inner * outer > 0 else { return }
        let batch = Double(inner * outer)
        for channel in 0..<channels {
            func forEach(_ body: (Double) -> Void) {
                for row in 0..<outer {
                    let start = (row * channels + channel) * inner
                    for index in start..<start + inner { body(Double(value.values[index])) }
                }
            }
            var sum = 0.0
            forEach { sum += $0 }
            let own = sum / batch
            var spread = 0.0
            forEach { spread += ($0 - own) * ($0 - own) }
            let difference = own - mean[channel]
            let total = count + batch
            mean[channel] += difference * batch / total
            squares[channel] += spread + difference * difference * count * batch / total
        }
        count += batch
    }
}
