import ModelIO
import Tensors
import Testing

@testable import Sparsify

@Suite struct TensorSelectionTests {
    private func select(include: [String] = [], exclude: [String] = []) throws -> [Bool] {
        let tensors = try [("a/kernel", [2, 2]), ("a/bias", [2]), ("b/kernel", [2, 2]), ("b/count", [])].map {
            TensorInfo(name: $0.0, elementType: $0.0 == "b/count" ? .int64 : .float32, shape: try Shape($0.1))
        }
        let defaults = tensors.map {
            TensorSelection.Choice(isPrunable: $0.name.hasSuffix("kernel"), reason: "default")
        }
        return try TensorSelection(tensors, defaults: defaults, include: include, exclude: exclude)
            .choices.map(\.isPrunable)
    }

    @Test(arguments: [
        ([], [], [true, false, true, false]),
        (["a/*"], [], [true, false, false, false]),
        (["*"], ["b*"], [true, false, false, false]),
        ([], ["*kernel"], [false, false, false, false]),
        (["a/bias"], [], [false, true, false, false]),
        (["b/count"], [], [false, false, false, false]),
        (["a/kernel", "b/kernel"], ["a/kernel"], [false, false, true, false]),
    ])
    func patternsChoose(include: [String], exclude: [String], expected: [Bool]) throws {
        #expect(try select(include: include, exclude: exclude) == expected)
    }

    @Test(arguments: [(["c*"], []), ([], ["c*"])])
    func aPatternThatMatchesNothingIsRefused(include: [String], exclude: [String]) {
        #expect { try select(include: include, exclude: exclude) } throws: {
            ($0 as? SparsifyError)?.code == .usage
        }
    }
}
