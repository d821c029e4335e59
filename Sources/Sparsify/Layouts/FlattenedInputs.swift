internal import Networks

/// Which layers of a network with channels last take a flattened image, and what it was before.
struct FlattenedInputs {
    private var images: [String: [Int]] = [:]

    /// Layers that leave the places of features as they are.
    private static let passing: Set<String> = [
        "ActivityRegularization", "Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "BatchNormalization",
    ]
    /// A sequence of those has channels, that of others features, which are last in PyTorch as well.
    private static let sequences = [
        "Conv1D", "Pooling1D", "Conv1DTranspose", "Cropping1D", "ZeroPadding1D", "UpSampling1D",
    ]

    init(_ network: Network) {
        let makers = network.calls.reduce(into: [ValueID: Network.Call]()) { makers, call in
            // What passes a value on makes none.
            for value in call.outputs where !call.inputs.contains(value) { makers[value] = call }
        }
        for call in network.calls {
            let layer = network.layers[call.layer]
            guard layer.className == "Dense" || layer.className == "BatchNormalization", let input = call.inputs.first
            else { continue }
            images[layer.path] = images[layer.path] ?? Self.image(input, network, makers)
        }
    }

    /// The extents, channels last, of the image that a layer's input is the flattened form of.
    func extents(of layer: String) -> [Int]? { images[layer] }

    private static func image(_ value: ValueID, _ network: Network, _ makers: [ValueID: Network.Call]) -> [Int]? {
        guard let call = passing(value, network, makers), network.layers[call.layer].className == "Flatten",
            let last = call.steps.last, let input = network.program.steps[last].inputs.first,
            let extents = network.program[input].extents?.compactMap(\.self), extents.count >= 2,
            extents.count == network.program[input].extents?.count
        else { return nil }
        if extents.count == 2 {
            guard let source = call.inputs.first.flatMap({ passing($0, network, makers) }),
                sequences.contains(where: network.layers[source.layer].className.contains)
            else { return nil }
        }
        return extents
    }

    /// The call that made a value, or what that passed on.
    private static func passing(
        _ value: ValueID, _ network: Network, _ makers: [ValueID: Network.Call]
    ) -> Network.Call? {
        var value = value
        for _ in 0...network.calls.count {
            guard let call = makers[value] else { return nil }
            let layer = network.layers[call.layer]
            guard passing.contains(layer.className) || layer.trainingEffect == .noise, let input = call.inputs.first
            else { return call }
            value = input
        }
        return nil
    }
}
