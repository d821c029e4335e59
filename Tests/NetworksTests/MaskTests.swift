import Tensors
import Testing

@testable import Networks

/// Masks travel beside values as Keras hands them on.
struct MaskTests {
    private static let embedding: (String, [String: JSONValue]) = (
        "Embedding", ["input_dim": 9, "output_dim": 4, "mask_zero": true]
    )

    private func recurrence(_ layers: [(String, [String: JSONValue])], _ shape: [Int?] = [6]) throws -> Recurrence? {
        let network = try Network(kerasConfig: sequential(shape, layers + [("LSTM", ["units": 2])]))
        guard case .recurrence(let recurrence)? = network.program.steps.last?.primitive else { return nil }
        return recurrence
    }

    @Test(
        "Layers that hand masks on do",
        arguments: [
            ("Dropout", [:]), ("Dense", ["units": 4]), ("Activation", ["activation": "relu"]),
            ("LayerNormalization", [:]),
            ("BatchNormalization", [:]), ("LSTM", ["units": 3, "return_sequences": true]),
            ("TimeDistributed", ["layer": layer("Dense", ["name": "d", "units": 3])]), ("ReLU", [:]), ("PReLU", [:]),
            (
                "Bidirectional",
                ["layer": layer("GRU", ["name": "g", "units": 3, "return_sequences": true])]
            ),
        ] as [(String, [String: JSONValue])])
    func carried(className: String, fields: [String: JSONValue]) throws {
        #expect(try recurrence([Self.embedding, (className, fields)])?.hasMask == true)
    }

    @Test(
        "Others do not",
        arguments: [
            ("Conv1D", ["filters": 3, "kernel_size": 1]), ("Reshape", ["target_shape": [6, 4]]),
            ("RMSNormalization", [:]), ("MaxPooling1D", ["pool_size": 1]), ("ZeroPadding1D", ["padding": 0]),
        ] as [(String, [String: JSONValue])])
    func dropped(className: String, fields: [String: JSONValue]) throws {
        #expect(try recurrence([Self.embedding, (className, fields)])?.hasMask == false)
    }

    @Test("An embedding makes a mask where it is told to, Masking always")
    func origins() throws {
        #expect(try recurrence([("Embedding", ["input_dim": 9, "output_dim": 4])])?.hasMask == false)
        #expect(try recurrence([Self.embedding])?.hasMask == true)
        #expect(try recurrence([("Masking", ["mask_value": 0])], [6, 3])?.hasMask == true)
    }

    @Test("A mean over time takes what counts")
    func mean() throws {
        let network = try Network(kerasConfig: sequential([6], [Self.embedding, ("GlobalAveragePooling1D", [:])]))
        let step = try #require(network.program.steps.last)
        #expect(step.inputs.count == 2)
        #expect(network.program[step.inputs[1]].extents == [6, 1])
        #expect(network.program[step.outputs[0]].extents == [4])
    }

    private func merged(_ className: String, isKeras3: Bool) throws -> Network {
        let shape = isKeras3 ? "batch_shape" : "batch_input_shape"
        return try Network(
            kerasConfig: functional(
                [
                    node("InputLayer", "x", [shape: [.null, 6]], []),
                    node("Embedding", "a", Self.embedding.1, [[("x", 0)]]),
                    node("Embedding", "b", Self.embedding.1, [[("x", 0)]]),
                    node("Embedding", "c", ["input_dim": 9, "output_dim": 4], [[("x", 0)]]),
                    node(className, "m", [:], [[("a", 0), ("b", 0), ("c", 0)]]),
                    node("LSTM", "r", ["units": 2], [[("m", 0)]]),
                ], inputs: ["x"], outputs: [("r", 0)]))
    }

    @Test(
        "Where one of the merged values has no mask, Keras 3 drops it and Keras 2 keeps the others",
        arguments: [true, false])
    func generations(isKeras3: Bool) throws {
        let network = try merged("Add", isKeras3: isKeras3)
        guard case .recurrence(let recurrence)? = network.program.steps.last?.primitive else {
            Issue.record("no recurrence")
            return
        }
        #expect(recurrence.hasMask == !isKeras3)
    }

    @Test("Attention takes the masks of its inputs and its own")
    func attention() throws {
        let network = try Network(
            kerasConfig: functional(
                [
                    node("InputLayer", "x", ["batch_shape": [.null, 6]], []),
                    node("Embedding", "e", Self.embedding.1, [[("x", 0)]]),
                    node("MultiHeadAttention", "a", ["num_heads": 2, "key_dim": 3], [[("e", 0), ("e", 0)]]),
                ], inputs: ["x"], outputs: [("a", 0)]))
        let softmax = try #require(
            network.program.steps.first {
                if case .activation(let activation) = $0.primitive { activation.name == "softmax" } else { false }
            })
        #expect(softmax.inputs.count == 2)
        #expect(network.program[softmax.inputs[1]].extents == [6, 6])
        // Masks cost nothing.
        #expect(try network.operationCounts().isComplete)
    }
}
