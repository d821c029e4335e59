import Tensors

@testable import Networks

/// Small networks, built step by step.
enum SmallNetwork {
    /// Dense layers with tanh between them.
    static func dense(_ widths: [Int], ending: String?, normalises: Bool = false) throws -> Network {
        var program = Program()
        var layers: [Network.Layer] = []
        let x = program.input([widths[0]])
        var value = x
        for (index, (from, to)) in zip(widths, widths.dropFirst()).enumerated() {
            let name = "dense\(index)"
            value = try program.push(
                .contraction(Contraction(lastOf: 1, inputs: from, units: to, hasBias: true)), [value],
                [ParameterReference(layer: name, role: "kernel"), ParameterReference(layer: name, role: "bias")])[0]
            layers.append(
                layer(
                    name, "Dense",
                    [("kernel", .weight, [from, to]), ("bias", .bias, [to])]))
            guard index < widths.count - 2 else { break }
            if normalises {
                let name = "norm\(index)"
                value = try program.push(
                    .affine(
                        Affine(.batchStatistics(hasGamma: true, hasBeta: true, epsilon: 0.001), axes: [0])),
                    [value],
                    ["gamma", "beta", "moving_mean", "moving_variance"].map {
                        ParameterReference(layer: name, role: $0)
                    })[0]
                layers.append(
                    layer(
                        name, "BatchNormalization",
                        [
                            ("gamma", .normalisation, [to]), ("beta", .normalisation, [to]),
                            ("moving_mean", .statistics, [to]), ("moving_variance", .statistics, [to]),
                        ]))
            }
            value = try program.push(.activation(Activation("tanh")), [value])[0]
        }
        if let ending { value = try program.push(.activation(Activation(ending)), [value])[0] }
        return Network(
            name: "net", className: "Functional", layers: layers, calls: [], program: program, inputs: [x],
            outputs: [value], positions: Dictionary(uniqueKeysWithValues: layers.enumerated().map { ($1.path, $0) }))
    }

    private static func layer(
        _ name: String, _ kind: String, _ parameters: [(String, ParameterRole.Purpose, [Int])]
    ) -> Network.Layer {
        Network.Layer(
            path: name, name: name, className: kind,
            parameters: parameters.enumerated().map { index, parameter in
                Network.Parameter(
                    role: ParameterRole(
                        parameter.0, parameter.1, outputs: parameter.1 == .weight ? OutputIndexing(axes: [1]) : .none,
                        weightsPath: "vars/\(index)"),
                    shape: try! Shape(parameter.2))
            }, isModel: false, ancestors: [], dtype: nil, isQuantized: false, issue: nil)
    }
}
