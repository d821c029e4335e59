import ModelIO
import Networks
import Tensors
import Testing

@testable import ONNXFormat

/// Graphs that contradict themselves, or ask for what no machine has.
@Suite struct HostileGraphTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private static func node(
        _ type: String, _ inputs: [String], _ outputs: [String] = ["y"], _ attributes: [[UInt8]] = []
    ) -> [UInt8] {
        block(
            1,
            inputs.flatMap { block(1, $0) } + outputs.flatMap { block(2, $0) } + block(4, type)
                + attributes.flatMap { block(5, $0) })
    }

    private static func integers(_ name: String, _ list: [Int64]) -> [UInt8] {
        block(1, name) + list.flatMap { field(8, $0) } + field(20, 7)
    }

    private static func integer(_ name: String, _ value: Int64) -> [UInt8] {
        block(1, name) + field(3, value) + field(20, 2)
    }

    private static func shape(_ name: String, _ values: [Int64]) -> [UInt8] {
        let raw = values.flatMap { value in withUnsafeBytes(of: value.littleEndian) { Array($0) } }
        return block(5, tensor([Int64(values.count)], 7, name, block(9, raw)))
    }

    private static func value(_ number: Int, _ name: String, _ dimensions: [Int64]) -> [UInt8] {
        let shape = dimensions.flatMap { block(1, $0 > 0 ? field(1, $0) : block(2, "N")) }
        return block(number, block(1, name) + block(2, block(1, field(1, 1) + block(2, shape))))
    }

    /// What is said of a graph with input x and output y: why there is no network, or why its output is not known.
    private func issue(_ parts: [UInt8], input: [Int64] = [0, 4]) throws -> String? {
        let graph = parts + Self.value(11, "x", input) + Self.value(12, "y", [0, 4])
        let path = try folder.store("model.onnx", model(graph) + block(8, field(2, 17)))
        let document = try #require(ONNXDocument.make(try ONNXReader(path: path)))
        return document.networkIssue ?? document.network.flatMap { $0.program[$0.outputs[0]].issue }
    }

    @Test func aGraphThatIsFine() throws { #expect(try issue(Self.node("Relu", ["x"])) == nil) }

    struct Case: Sendable, CustomTestStringConvertible {
        var says: String
        var graph: [UInt8]
        var input: [Int64] = [0, 4]
        var testDescription: String { says }
    }

    static let cases = [
        Case(says: "Nothing in the graph before it makes the value 'z'", graph: node("Relu", ["z"])),
        Case(says: "Two nodes make the value 'y'", graph: node("Relu", ["x"]) + node("Tanh", ["x"])),
        Case(says: "makes the value 'y'", graph: node("Add", ["x", "y"])),
        Case(says: "input 1 is missing", graph: node("MatMul", ["x"])),
        Case(says: "axis that counts the examples", graph: node("Reshape", ["x", "s"]) + shape("s", [0, 7])),
        Case(says: "axis that counts the examples", graph: node("Reshape", ["x", "s"]) + shape("s", [3, 5, 1 << 40])),
        Case(
            says: "more elements than",
            graph: node("Expand", ["x", "s"]) + shape("s", [1 << 40, 1 << 40, 1, 4])),
        Case(says: "is too large", graph: node("ConstantOfShape", ["s"]) + shape("s", [1 << 40])),
        Case(says: "its order of axes", graph: node("Transpose", ["x"], ["y"], [integers("perm", [0, 9])])),
        Case(says: "There is no axis 5", graph: node("Softmax", ["x"], ["y"], [integer("axis", 5)])),
        Case(says: "axis that counts the examples", graph: node("Softmax", ["x"], ["y"], [integer("axis", 0)])),
        Case(
            says: "does not fit",
            graph: node("MaxPool", ["x"], ["y"], [integers("kernel_shape", [1 << 19])]), input: [0, 1, 4]),
        Case(
            says: "its window has the size",
            graph: node("MaxPool", ["x"], ["y"], [integers("kernel_shape", [0])]), input: [0, 1, 4]),
        Case(
            says: "'strides' are [0]",
            graph: node("MaxPool", ["x"], ["y"], [integers("kernel_shape", [1]), integers("strides", [0])]),
            input: [0, 1, 4]),
        Case(
            says: "resizes an axis",
            graph: node("Resize", ["x", "", "s"]) + block(5, tensor([2], 1, "s", block(9, floats([1, 1e30]))))),
        Case(says: "it repeats", graph: node("Tile", ["x", "s"]) + shape("s", [1, 1 << 50])),
        Case(says: "no shape", graph: node("Relu", ["x"]), input: []),
    ]

    @Test(arguments: cases)
    func said(_ example: Case) throws {
        let issue = try #require(try issue(example.graph, input: example.input))
        #expect(issue.lowercased().contains(example.says.lowercased()), "\(issue)")
    }

    /// A chain that doubles a constant again and again is stopped before it fills the memory.
    @Test func constantsThatGrowAreStopped() throws {
        var graph = block(5, tensor([1], 1, "c0", block(9, floats([1]))))
        for step in 0..<60 {
            graph += Self.node("Concat", ["c\(step)", "c\(step)"], ["c\(step + 1)"], [Self.integer("axis", 0)])
        }
        graph += Self.node("Add", ["x", "c60"])
        #expect(try issue(graph) != nil)
    }
}
