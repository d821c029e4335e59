import Testing

@testable import Inference
@testable import Networks

/// Functions of each element, and values combined element by element, against the formulas in doubles.
@Suite struct ElementKernelTests {
    private static let plain = [
        "linear", "selu", "quick_gelu", "sigmoid", "log_sigmoid", "sparse_sigmoid", "silu", "mish", "softplus",
        "softsign", "tanh_shrink", "hard_tanh", "sparse_plus", "abs", "sign", "floor", "ceil", "trunc", "exp", "sin",
        "cos", "tan", "atan", "sinh", "cosh", "tanh", "asinh", "erf", "expm1", "round", "reciprocal", "logical_not",
        "isnan", "isinf", "isfinite",
    ]

    static let functions: [Activation] =
        plain.map { Activation($0) }
        + [
            "relu", "relu6", "leaky_relu", "elu", "celu", "gelu", "hard_sigmoid", "hard_silu", "soft_shrink",
            "hard_shrink", "threshold", "squareplus",
        ].map { Activation($0).canonical() }
        + [
            Activation("relu", arguments: ["negative_slope": .number(0.25), "threshold": .number(0.5)]).canonical(),
            Activation("relu", arguments: ["max_value": .number(1.5), "threshold": .number(-0.5)]).canonical(),
            Activation("gelu", arguments: ["approximate": .bool(true)]),
            Activation("elu", arguments: ["alpha": .number(0.5)]).canonical(),
            Activation("celu", arguments: ["alpha": .number(2)]).canonical(),
            Activation("hard_sigmoid").canonical(.keras2),
            Activation("threshold", arguments: ["threshold": .number(0.3), "value": .number(-7)]).canonical(),
            Activation("squareplus", arguments: ["b": .number(1)]).canonical(),
        ]

    /// Numbers on both sides of every threshold, large ones, and many in between.
    @Test(arguments: functions)
    func functionsOfOneElement(activation: Activation) throws {
        try check(activation) { $0 * 8 }
        // What is past float's powers of e is no matter of digits.
        if activation.name != "exp", activation.name != "expm1", activation.name != "sinh", activation.name != "cosh",
            activation.name != "tan"
        {
            try check(activation) { $0 * 60 }
        }
        // What only lies in pairs of halves.
        if !["reciprocal"].contains(activation.name) { try check(activation) { ($0 * 6).rounded() / 2 } }
    }

    @Test(arguments: ["sqrt", "log", "log1p", "log2", "log10", "rsqrt"])
    func functionsOfPositiveNumbers(name: String) throws { try check(Activation(name)) { abs($0) * 4 + 0.01 } }

    @Test(arguments: ["asin", "acos", "atanh"])
    func functionsUpToOne(name: String) throws { try check(Activation(name)) { $0 * 0.99 } }

    @Test func theRest() throws { try check(Activation("acosh")) { abs($0) * 5 + 1 } }

    private func check(_ activation: Activation, _ body: @escaping (Double) -> Double) throws {
        let net = Net()
        let x = net.input(7, 37)
        // Alone, and after a constant, where it works in place.
        let y = try net.push(.activation(activation), [x])
        let moved = try net.push(.affine(Affine(scale: 0.5)), [x])
        let z = try net.push(.activation(activation), [moved])
        let tolerance = ["tan", "reciprocal"].contains(activation.name) ? 2e-3 : 3e-6
        if ["acosh"].contains(activation.name) {
            try expectAgreement(net, [y], single: tolerance, inputs: body)
        } else {
            try expectAgreement(net, [y, z], single: tolerance, double: 1e-9, inputs: body)
        }
    }

    @Test func notANumberStaysOne() throws {
        for activation in Self.functions where !activation.name.hasPrefix("is") && activation.name != "logical_not" {
            let function = try ElementFunction<Float>(activation)
            var values = [Float](repeating: .nan, count: 19)
            values[3] = 1
            function.apply(&values, values.count)
            let isComparison = ["soft_shrink", "hard_shrink", "threshold", "relu"].contains(activation.name)
            #expect(isComparison || values.enumerated().allSatisfy { $0.offset == 3 || $0.element.isNaN })
            #expect(!values[3].isNaN)
        }
    }

    @Test func anUnknownFunctionIsNamed() throws {
        #expect { try ElementFunction<Float>(Activation("frobnicate")) } throws: {
            "\($0)".contains("'frobnicate'")
        }
    }

    @Test(arguments: [[3, 4], [4], [3, 1], [1, 1]])
    func slopes(shape: [Int]) throws {
        let net = Net()
        let x = net.input(3, 4)
        try expectAgreement(net, [try net.push(.activation(Activation("prelu")), [x], [net.parameter(shape)])])
    }

    // MARK: Values combined

    static let kinds: [Elementwise.Kind] = [
        .add, .subtract, .multiply, .average, .maximum, .minimum, .divide, .floorDivide, .remainder, .power,
        .addScaled(-0.5), .equal, .notEqual, .greater, .greaterOrEqual, .less, .lessOrEqual, .and, .or, .exclusiveOr,
    ]

    /// The left alike, repeated and repeating, and scalars; then in place.
    @Test(arguments: kinds)
    func twoValues(kind: Elementwise.Kind) throws {
        for (left, right) in [
            ([2, 3, 5], [2, 3, 5]), ([2, 3, 5], [5]), ([5], [2, 3, 5]), ([2, 1, 5], [2, 3, 1]), ([2, 3, 5], [3, 1]),
            ([1], [2, 3, 5]), ([2, 3, 5], [1, 1]), ([], [4]), ([4], []),
        ] as [([Int], [Int])] {
            let net = Net()
            let (x, y) = (net.input(left.map { $0 }), net.input(right.map { $0 }))
            let first = try net.push(.elementwise(Elementwise(kind)), [x, y])
            let moved = try net.push(.affine(Affine(scale: 2)), [x])
            let second = try net.push(.elementwise(Elementwise(kind)), [moved, y])
            // Quarters, so that some are alike; a base of a power is no less than zero, and no divisor is zero.
            try expectAgreement(net, [first, second]) { number in
                let quarters = (number * 8).rounded() / 4
                switch kind {
                case .power: return abs(quarters) + 0.25
                case .divide, .floorDivide, .remainder: return quarters == 0 ? 0.75 : quarters
                default: return quarters
                }
            }
        }
    }

    /// As `floormod` of TensorFlow and `mod` of NumPy have it.
    @Test func remaindersAtTheEnds() throws {
        let net = Net()
        let (x, y) = (net.input(5), net.input(5))
        let z = try net.push(.elementwise(Elementwise(.remainder)), [x, y])
        let runner = NetworkRunner<Float>(net.network([z]), parameters: net.source, threads: 1)
        let result = try runner.run([
            Tensor(shape: [1, 5], values: [5, -5, 7, -7, .infinity]),
            Tensor(shape: [1, 5], values: [.infinity, .infinity, -4, 4, 2]),
        ])[0].values
        #expect(Array(result.prefix(4)) == [5, .infinity, -1, 1])
        #expect(result[4].isNaN)
    }

    @Test(arguments: [Elementwise.Kind.add, .multiply, .average, .maximum, .minimum, .subtract], [1, 3, 4])
    func fewerAndMore(kind: Elementwise.Kind, count: Int) throws {
        let net = Net()
        let shapes: [[Int]] = [[3, 1], [3, 4], [4], [1, 4]]
        let values = shapes.prefix(count).map { net.input($0.map { $0 }) }
        let y = try net.push(.elementwise(Elementwise(kind)), Array(values))
        let z = try net.push(.activation(Activation("sigmoid")), [y])
        try expectAgreement(net, [z])
        try expectAgreement(net, [y, z])
    }

    @Test func selection() throws {
        for shapes in [[[3, 4], [3, 4], [3, 4]], [[4], [3, 4], [1]], [[3, 1], [4], [3, 4]]] {
            let net = Net()
            let values = shapes.map { net.input($0.map { $0 }) }
            try expectAgreement(net, [try net.push(.elementwise(Elementwise(.select)), values)]) {
                ($0 * 2).rounded() / 2
            }
        }
    }

    /// Long enough to be cut for threads; the same value on both sides.
    @Test(arguments: ["relu", "tanh", "gelu", nil])
    func longSums(function: String?) throws {
        let net = Net()
        let x = net.input(24_001)
        var y = try net.push(.elementwise(Elementwise(.add)), [x, x])
        if let function { y = try net.push(.activation(Activation(function).canonical()), [y]) }
        try expectAgreement(net, [y], rows: 1)
    }
}
