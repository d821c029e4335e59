internal import Foundation
internal import Networks
internal import Tensors

/// Activation functions.
extension GraphOperators {
    static let activations: [String: GraphOperator] = [
        "Relu": { try $0.apply("relu") { max($0, 0) } },
        "LeakyRelu": { try $0.activate("leaky_relu", ["negative_slope": $0.node.number("alpha", default: 0.01)]) },
        "Elu": { try $0.activate("elu", ["alpha": $0.node.number("alpha", default: 1)]) },
        "Celu": { try $0.activate("celu", ["alpha": $0.node.number("alpha", default: 1)]) },
        "Selu": { try $0.scaledExponential() },
        "Sigmoid": { try $0.activate("sigmoid") },
        "HardSigmoid": {
            try $0.activate(
                "hard_sigmoid",
                [
                    "slope": $0.node.number("alpha", default: 0.2),
                    "offset": $0.node.number("beta", default: 0.5),
                ])
        },
        "HardSwish": { try $0.activate("hard_silu", ["slope": 1 / 6, "offset": 0.5]) },
        "Tanh": { try $0.apply("tanh") { tanh($0) } },
        "Softplus": { try $0.activate("softplus") },
        "Softsign": { try $0.activate("softsign") },
        "Mish": { try $0.activate("mish") },
        "Gelu": { try $0.gelu() },
        "Swish": { try $0.swish() },
        "ThresholdedRelu": {
            let alpha = $0.node.number("alpha", default: 1)
            return try $0.activate("threshold", ["threshold": alpha, "value": 0])
        },
        "Shrink": { try $0.shrink() },
        "Softmax": { try $0.softmax("softmax") },
        "LogSoftmax": { try $0.softmax("log_softmax") },
        "Hardmax": { try $0.hardmax() },
    ]
}

extension GraphLowering {
    mutating func activate(_ name: String, _ arguments: [String: Double] = [:]) throws -> [GraphValue] {
        var value = try computed(0)
        value.id = try push(
            .activation(Activation(name, arguments: arguments.mapValues { .number($0) }).canonical()), [value.id])
        return [GraphValue(.computed(value))]
    }

    /// gamma · (x where x > 0, else alpha · (eˣ − 1))
    fileprivate mutating func scaledExponential() throws -> [GraphValue] {
        let alpha = node.number("alpha", default: 1.67326319217681884765625)
        let gamma = node.number("gamma", default: 1.05070102214813232421875)
        var value = try computed(0)
        value.id = try push(
            .activation(Activation("elu", arguments: ["alpha": .number(alpha)]).canonical()), [value.id])
        value.id = try push(.affine(Affine(scale: gamma)), [value.id])
        return [GraphValue(.computed(value))]
    }

    fileprivate mutating func gelu() throws -> [GraphValue] {
        var value = try computed(0)
        let isApproximate = node.text("approximate", default: "none") == "tanh"
        value.id = try push(
            .activation(Activation("gelu", arguments: ["approximate": .bool(isApproximate)])), [value.id])
        return [GraphValue(.computed(value))]
    }

    /// x · σ(alpha · x)
    fileprivate mutating func swish() throws -> [GraphValue] {
        var value = try computed(0)
        let scaled = try push(.affine(Affine(scale: node.number("alpha", default: 1))), [value.id])
        let gate = try push(.activation(Activation("sigmoid")), [scaled])
        value.id = try push(.elementwise(Elementwise(.multiply)), [value.id, gate])
        return [GraphValue(.computed(value))]
    }

    /// x − bias where x > lambd, x + bias where x < −lambd, else 0
    fileprivate mutating func shrink() throws -> [GraphValue] {
        var value = try computed(0)
        let (limit, bias) = (node.number("lambd", default: 0.5), node.number("bias", default: 0))
        let x = value.id
        func constant(_ number: Double) throws -> ValueID { try materialised(HostTensor(scalar: number), with: x) }
        let above = try push(.elementwise(Elementwise(.greater)), [x, constant(limit)])
        let below = try push(.elementwise(Elementwise(.less)), [x, constant(-limit)])
        let lower = try push(.affine(Affine(shift: -bias)), [x])
        let upper = try push(.affine(Affine(shift: bias)), [x])
        let rest = try push(.elementwise(Elementwise(.select)), [below, upper, constant(0)])
        value.id = try push(.elementwise(Elementwise(.select)), [above, lower, rest])
        return [GraphValue(.computed(value))]
    }

    /// The positions among the extents that a softmax works along: one axis, or up to version 12 all from one on.
    private func softmaxAxes(_ value: ComputedValue) throws -> [Int] {
        let rank = extents(value).count + 1
        let axis = try axis(node.integer("axis", default: opset < 13 ? 1 : -1), rank: rank)
        return try (opset < 13 ? Array(axis..<rank) : [axis]).map { axis in
            guard let position = value.position(axis) else { throw mixesExamples }
            return position
        }.sorted()
    }

    fileprivate mutating func softmax(_ name: String) throws -> [GraphValue] {
        var value = try computed(0)
        let axes = try softmaxAxes(value)
        var activation = Activation(name)
        if axes != [extents(value).count - 1] {
            activation.arguments["axes"] = .array(axes.map { .integer($0) })
        }
        value.id = try push(.activation(activation), [value.id])
        return [GraphValue(.computed(value))]
    }

    /// 1 for the first of the largest elements, else 0.
    fileprivate mutating func hardmax() throws -> [GraphValue] {
        var value = try computed(0)
        let axes = try softmaxAxes(value)
        guard axes.count == 1 else { throw unsupported("it works along several axes") }
        let index = try push(.reduction(Reduction(.maximumIndex, axes: axes, keepsAxes: true)), [value.id])
        var positions = try push(.positions(Positions(axis: axes[0])), [value.id])
        var shape = [Int](repeating: 1, count: extents(value).count)
        shape[axes[0]] = -1
        positions = try push(.reshape(Reshape(shape)), [positions])
        value.id = try push(.elementwise(Elementwise(.equal)), [index, positions])
        return [GraphValue(.computed(value))]
    }
}
