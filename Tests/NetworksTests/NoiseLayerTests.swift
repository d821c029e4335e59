import Testing

@testable import Networks

/// What dropout becomes in a network for training, and that it is nothing elsewhere.
@Suite struct NoiseLayerTests {
    private func steps(_ layer: String, keepsNoise: Bool = true) throws -> [Noise] {
        let config = """
            {"class_name": "Sequential", "config": {"name": "m", "layers": [
            {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [null, 4, 5, 3]}}, \(layer)]}}
            """
        return try Network(kerasConfig: config, keepsNoise: keepsNoise).program.steps.compactMap { step in
            if case .noise(let noise) = step.primitive { noise } else { nil }
        }
    }

    private static func layer(_ name: String, _ fields: String) -> String {
        "{\"class_name\": \"\(name)\", \"config\": {\"name\": \"d\", \(fields)}}"
    }

    @Test(arguments: [
        (layer("Dropout", "\"rate\": 0.25"), Noise(.dropout, amount: 0.25)),
        (layer("Dropout", "\"p\": 0.25"), Noise(.dropout, amount: 0.25)),
        (
            layer("Dropout", "\"rate\": 0.25, \"noise_shape\": [null, 1, null, 3]"),
            Noise(.dropout, amount: 0.25, sharedAxes: [1])
        ),
        (layer("SpatialDropout2D", "\"rate\": 0.5"), Noise(.dropout, amount: 0.5, sharedAxes: [1, 2])),
        (
            layer("SpatialDropout2D", "\"rate\": 0.5, \"data_format\": \"channels_first\""),
            Noise(.dropout, amount: 0.5, sharedAxes: [2, 3])
        ),
        (layer("AlphaDropout", "\"rate\": 0.1"), Noise(.alphaDropout, amount: 0.1)),
        (layer("GaussianDropout", "\"rate\": 0.1"), Noise(.gaussianFactor, amount: 0.1)),
        (layer("GaussianNoise", "\"stddev\": 2"), Noise(.gaussianTerm, amount: 2)),
        (layer("GaussianNoise", "\"sigma\": 2"), Noise(.gaussianTerm, amount: 2)),
    ])
    func configurations(layer: String, expected: Noise) throws {
        #expect(try steps(layer) == [expected])
        #expect(try steps(layer, keepsNoise: false) == [])
    }

    @Test(arguments: ["\"rate\": 0", "\"rate\": 1", "\"rate\": -0.5", "\"rate\": \"x\"", "\"seed\": 1"])
    func whatDropsNothingIsNothing(fields: String) throws {
        #expect(try steps(Self.layer("Dropout", fields)) == [])
    }

    @Test(
        arguments: [
            (layer("LSTM", "\"units\": 2, \"dropout\": 0.2"), .noise),
            (layer("LSTM", "\"units\": 2, \"dropout\": 0.0"), nil),
            (layer("GRU", "\"units\": 2, \"recurrent_dropout\": 0.2"), .noise),
            (
                layer(
                    "Bidirectional",
                    "\"layer\": {\"class_name\": \"LSTM\", \"config\": {\"name\": \"l\", \"units\": 2, \"dropout\": 0.2}}"
                ),
                .noise
            ),
            (
                layer(
                    "RNN",
                    """
                    "cell": {"class_name": "StackedRNNCells", "config": {"cells": [
                    {"class_name": "GRUCell", "config": {"units": 2}},
                    {"class_name": "GRUCell", "config": {"units": 2, "recurrent_dropout": 0.2}}]}}
                    """), .noise
            ),
            (layer("Dropout", "\"rate\": 0.2"), .noise),
            (layer("RandomFlip", "\"mode\": \"horizontal\""), .augmentation),
            (layer("ActivityRegularization", "\"l1\": 0.1"), nil),
        ] as [(String, Network.TrainingEffect?)])
    func whatIsOfTraining(layer: String, expected: Network.TrainingEffect?) throws {
        let config = """
            {"class_name": "Sequential", "config": {"name": "m", "layers": [
            {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [null, 4, 5]}}, \(layer)]}}
            """
        #expect(try Network(kerasConfig: config).layer(at: "d")?.trainingEffect == expected)
    }

    /// Within other layers: inputs of a recurrent layer share their fate over time, its states are dropped in the primitive,
    /// and attention drops weights.
    @Test(
        arguments: [
            (
                layer("LSTM", "\"units\": 2, \"dropout\": 0.2, \"recurrent_dropout\": 0.4"),
                [Noise(.dropout, amount: 0.2, sharedAxes: [1])], [0.4]
            ),
            (layer("GRU", "\"units\": 2, \"recurrent_dropout\": 1.5"), [], [0]),
            (
                layer(
                    "Bidirectional",
                    "\"layer\": {\"class_name\": \"SimpleRNN\", \"config\": {\"name\": \"l\", \"units\": 2, \"dropout\": 0.5}}"
                ),
                Array(repeating: Noise(.dropout, amount: 0.5, sharedAxes: [1]), count: 2), [0, 0]
            ),
            (
                layer(
                    "ConvLSTM1D",
                    "\"filters\": 2, \"kernel_size\": 2, \"dropout\": 0.2, \"recurrent_dropout\": 0.4"),
                [Noise(.dropout, amount: 0.2, sharedAxes: [1])], [0.4]
            ),
        ] as [(String, [Noise], [Double])])
    func recurrentLayers(layer: String, noise: [Noise], states: [Double]) throws {
        let extents = layer.contains("Conv") ? "4, 5, 3" : "4, 5"
        for keepsNoise in [true, false] {
            let config = """
                {"class_name": "Sequential", "config": {"name": "m", "layers": [
                {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [null, \(extents)]}}, \(layer)]}}
                """
            let steps = try Network(kerasConfig: config, keepsNoise: keepsNoise).program.steps
            let found = steps.compactMap { if case .noise(let noise) = $0.primitive { noise } else { nil } }
            let dropped: [Double] = steps.compactMap {
                switch $0.primitive {
                case .recurrence(let recurrence): recurrence.stateDropout
                case .convolutionalRecurrence(let recurrence): recurrence.stateDropout
                default: nil
                }
            }
            #expect(found == (keepsNoise ? noise : []))
            #expect(dropped == (keepsNoise ? states : states.map { _ in 0 }))
        }
    }

    @Test(
        arguments: [
            ("Attention", "\"dropout\": 0.25", 2), ("AdditiveAttention", "\"dropout\": 0.25", 2),
            ("MultiHeadAttention", "\"num_heads\": 2, \"key_dim\": 3, \"dropout\": 0.25", 2),
            (
                "GroupedQueryAttention",
                "\"num_query_heads\": 2, \"num_key_value_heads\": 1, \"head_dim\": 3, \"dropout\": 0.25", 2
            ),
        ])
    func attention(name: String, fields: String, inputs: Int) throws {
        let calls = Array(repeating: "[\"x\", 0, 0, {}]", count: inputs).joined(separator: ", ")
        let config = """
            {"class_name": "Functional", "config": {"name": "m", "layers": [
            {"class_name": "InputLayer", "name": "x", "config": {"name": "x", "batch_input_shape": [null, 4, 5]},
            "inbound_nodes": []},
            {"class_name": "\(name)", "name": "d", "config": {"name": "d", \(fields)}, "inbound_nodes": [[\(calls)]]}],
            "input_layers": [["x", 0, 0]], "output_layers": [["d", 0, 0]]}}
            """
        for keepsNoise in [true, false] {
            let steps = try Network(kerasConfig: config, keepsNoise: keepsNoise).program.steps
            let found = steps.compactMap { if case .noise(let noise) = $0.primitive { noise } else { nil } }
            #expect(found == (keepsNoise ? [Noise(.dropout, amount: 0.25)] : []))
        }
    }
}
