import Testing

@testable import Networks

struct ActivationTests {
    static let cases: [(String, [String: JSONValue], String, [String: Double])] = [
        ("swish", [:], "silu", [:]),
        ("relu6", [:], "relu", ["negative_slope": 0, "threshold": 0, "max_value": 6]),
        ("relu", ["max_value": .null, "alpha": .number(0.1)], "relu", ["negative_slope": 0.1, "threshold": 0]),
        ("leaky_relu", [:], "relu", ["negative_slope": 0.2, "threshold": 0]),
        ("LeakyReLU", ["alpha": .number(0.5)], "relu", ["negative_slope": 0.5, "threshold": 0]),
        ("thresholded_relu", ["theta": 2], "relu", ["negative_slope": 0, "threshold": 2]),
        ("elu", [:], "elu", ["alpha": 1]),
        ("exponential", [:], "exp", [:]),
        ("hard_swish", [:], "hard_silu", ["slope": 1 / 6, "offset": 0.5]),
        ("squareplus", [:], "squareplus", ["b": 4]),
        ("mine", ["k": 3], "mine", ["k": 3]),
    ]

    @Test("One name for each function, with all that it reads", arguments: cases.indices)
    func canonical(_ index: Int) {
        let (name, arguments, expected, numbers) = Self.cases[index]
        let result = Activation(name, arguments: arguments).canonical()
        #expect(result.name == expected)
        #expect(result.arguments.compactMapValues(\.number) == numbers)
        #expect(result.canonical() == result)
    }

    @Test("Hard sigmoids are those of the Keras that wrote the file", arguments: [true, false])
    func generations(isKeras3: Bool) throws {
        let shape = isKeras3 ? "batch_shape" : "batch_input_shape"
        let network = try Network(
            kerasConfig: functional(
                [
                    node("InputLayer", "x", [shape: [.null, 6]], []),
                    node("Activation", "a", ["activation": "hard_sigmoid"], [[("x", 0)]]),
                ], inputs: ["x"], outputs: [("a", 0)]))
        guard case .activation(let activation)? = network.program.steps.last?.primitive else {
            Issue.record("no activation")
            return
        }
        #expect(activation.number("slope") == (isKeras3 ? 1 / 6 : 0.2))
        #expect(activation.number("offset") == 0.5)
    }

    @Test("The axes of a softmax are positions among the extents", arguments: [(1, [0]), (-1, nil), (-2, [0])])
    func axes(axis: Int, expected: [Int]?) throws {
        let network = try Network(kerasConfig: sequential([4, 3], [("Softmax", ["axis": .integer(axis)])]))
        guard case .activation(let activation)? = network.program.steps.last?.primitive else {
            Issue.record("no activation")
            return
        }
        #expect(activation.arguments["axes"]?.array?.compactMap(\.integer) == expected)
        #expect(activation.axes(count: 2) == expected ?? [1])
    }
}
