import ModelIO
import Networks
import Tensors
import Testing

@testable import ONNXFormat

@Suite struct DocumentTests {
    private func document(_ name: String) throws -> ModelDocument {
        try #require(ONNXDocument.make(try ONNXReader(path: Fixtures.path(name))))
    }

    @Test(arguments: ["resnet", "mobilenet", "decoder", "lstm", "gru", "rnn", "encoder", "plain", "sparse", "external"])
    func everyNodeOfTheFixturesIsUnderstood(name: String) throws {
        let document = try document(name)
        let network = try #require(document.network, "\(document.networkIssue ?? "")")
        #expect(network.layers.compactMap(\.issue).isEmpty)
        #expect(try network.operationCounts().isComplete)
        // Parameters have the size of what they are bound to.
        let sizes = try ONNXReader(path: Fixtures.path(name)).tensors.map(\.elementCount)
        for (role, size) in zip(document.roles, sizes) {
            for binding in role.bindings {
                let shape = try #require(network.parameter(binding.parameter)?.shape)
                #expect(shape.elementCount == binding.view?.elementCount ?? size)
                #expect(binding.view.map { $0.dimensions == shape.dimensions } ?? true)
            }
        }
    }

    @Test func whatIsPrunable() throws {
        let roles = try document("mobilenet").roles
        #expect(roles.contains { $0.isPrunable && $0.reason.hasPrefix("W of Conv") })
        #expect(roles.contains { $0.isPrunable && $0.reason.hasPrefix("B of Gemm") })
        #expect(roles.filter { $0.tensor.hasSuffix("bias") }.allSatisfy { !$0.isPrunable && $0.reason == "bias" })
        let encoder = try document("encoder").roles
        #expect(
            encoder.contains { $0.tensor == "words.weight" && $0.isPrunable && $0.reason.hasPrefix("data of Gather") })
        #expect(encoder.filter { $0.tensor.hasPrefix("norm") }.allSatisfy { $0.reason == "normalisation parameter" })
        let lstm = try document("lstm").roles
        #expect(lstm.count { $0.isPrunable && $0.reason.contains("of LSTM") } == 2)
    }

    /// The example that holds exactly: three weights of six are not zero.
    @Test func operationsOfAMatrix() throws {
        let network = try #require(try document("plain").network)
        let dense = try network.operationCounts().dense
        #expect(dense == OperationCounts(multiplications: 6, additions: 6))
        let sparse = try network.operationCounts { _ in WeightEvidence(nonzeros: 3, occupiedOutputs: 2) }.sparse
        #expect(sparse == OperationCounts(multiplications: 3, additions: 3))
    }

    @Test func anUnknownOperatorIsNamed() throws {
        let document = try document("unknown")
        let network = try #require(document.network)
        #expect(network.layers.compactMap(\.issue) == ["the operator 'Sparkle' of 'example.org' is not known"])
        #expect(network.program[network.outputs[0]].issue?.contains("'odd' (Sparkle)") == true)
        // The rest is known all the same.
        #expect(document.roles.contains { $0.isPrunable && $0.reason == "B of Gemm 'layer'" })
    }

    @Test func aFileOfTensorsHasNoNetwork() throws {
        let document = try document("types")
        #expect(document.network == nil)
        #expect(document.networkIssue == "The file holds tensors, and no operators.")
    }

    @Test func namesOfInputsAndOutputs() throws {
        let network = try #require(try document("plain").network)
        #expect(network.inputNames == ["x"])
        #expect(network.outputNames == ["y"])
    }

    @Test func sixtyOperatorsAndMore() { #expect(GraphOperators.all.count >= 60) }
}
