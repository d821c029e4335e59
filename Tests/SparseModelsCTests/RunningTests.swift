import CSparsify
import Testing

@testable import SparseModelsC

/// `sparsify_run`, on networks with several inputs and outputs and with open extents.
@Suite struct RunningTests {
    /// a: 3 numbers; s: a series of pairs. Gives relu(a), relu(s) and the mean of s.
    private static let two = network(
        [input("a", "3"), input("s", "null, 2")],
        [
            layer("Activation", "ra", "a", relu), layer("Activation", "rs", "s", relu),
            layer("GlobalAveragePooling1D", "mean", "s"),
        ])
    /// A series of pairs, and what is positive of it.
    private static let series = network([input("s", "null, 2")], [layer("Activation", "rs", "s", relu)])
    /// A picture of any size.
    private static let picture = network([input("p", "null, null, 1")], [layer("Activation", "rp", "p", relu)])

    private static let relu = #", "activation": "relu""#

    private static func input(_ name: String, _ shape: String) -> (name: String, json: String) {
        (
            name,
            """
            {"class_name": "InputLayer", "name": "\(name)", "inbound_nodes": [],
             "config": {"name": "\(name)", "batch_input_shape": [null, \(shape)]}}
            """
        )
    }

    private static func layer(
        _ kind: String, _ name: String, _ from: String, _ config: String = ""
    ) -> (name: String, json: String) {
        (
            name,
            """
            {"class_name": "\(kind)", "name": "\(name)", "inbound_nodes": [[["\(from)", 0, 0, {}]]],
             "config": {"name": "\(name)"\(config)}}
            """
        )
    }

    private static func network(_ inputs: [(name: String, json: String)], _ layers: [(name: String, json: String)])
        -> String
    {
        func list(_ nodes: [(name: String, json: String)]) -> String {
            nodes.map { "[\"\($0.name)\", 0, 0]" }.joined(separator: ", ")
        }
        return """
            {"class_name": "Functional", "config": {"name": "m",
             "layers": [\((inputs + layers).map(\.json).joined(separator: ", "))],
             "input_layers": [\(list(inputs))], "output_layers": [\(list(layers))]}}
            """
    }

    /// Numbers and a shape in memory that stays until the test is over.
    private final class Memory {
        private var blocks: [UnsafeMutableRawPointer] = []
        func callAsFunction<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
            let block = UnsafeMutablePointer<Element>.allocate(capacity: elements.count)
            block.initialize(from: elements, count: elements.count)
            blocks.append(UnsafeMutableRawPointer(block))
            return block
        }
        func input(_ values: [Float], _ extents: [Int64]? = nil) -> sparsify_input_values {
            sparsify_input_values(
                values: self(values), count: values.count, extents: extents.map { UnsafePointer(self($0)) },
                rank: extents?.count ?? 0)
        }
        func output(_ capacity: Int) -> sparsify_output_values {
            sparsify_output_values(
                values: self([Float](repeating: -7, count: capacity)), capacity: capacity, count: 99)
        }
        deinit { for block in blocks { block.deallocate() } }
    }

    private let memory = Memory()

    private func values(_ outputs: [sparsify_output_values]) -> [[Float]] {
        outputs.map { Array(UnsafeBufferPointer(start: $0.values, count: $0.capacity)) }
    }

    private func run(
        _ configuration: String, examples: Int, _ inputs: [sparsify_input_values],
        _ outputs: inout [sparsify_output_values]
    ) throws -> (status: sparsify_status, message: String) {
        try TestModel(configuration: configuration).withHandle { model in
            var error = sparsify_error()
            let status = sparsify_run(model, examples, inputs, inputs.count, &outputs, outputs.count, &error)
            return (status, error.text)
        }
    }

    private static let pairs: [Float] = [1, -2, 3, 4, -5, 6, 7, 8]

    @Test(arguments: [nil, [2, 2]] as [[Int64]?])
    func severalValuesGoInAndComeOutInOrder(extents: [Int64]?) throws {
        var outputs = [memory.output(6), memory.output(9), memory.output(4)]
        let result = try run(
            Self.two, examples: 2, [memory.input([1, -1, 2, -3, 0, 5]), memory.input(Self.pairs, extents)], &outputs)
        #expect(result == (SPARSIFY_OK, ""))
        #expect(values(outputs) == [[1, 0, 2, 0, 0, 5], [1, 0, 3, 4, 0, 6, 7, 8, -7], [2, 1, 1, 7]])
        #expect(outputs.map(\.count) == [6, 8, 4])
    }

    @Test func openExtentsAreSaid() throws {
        try TestModel(configuration: Self.two).withHandle { model in
            #expect(sparsify_input_count(model) == 2 && sparsify_output_count(model) == 3)
            let series = try #require(sparsify_input(model, 1)?.pointee)
            #expect(Array(UnsafeBufferPointer(start: series.extents, count: series.rank)) == [-1, 2])
            #expect(series.element_count == 0 && String(cString: series.name) == "s")
            #expect(sparsify_output(model, 2)?.pointee.element_count == 2)
        }
    }

    @Test func capacitiesOfZeroAskForSizes() throws {
        var outputs = [sparsify_output_values](repeating: sparsify_output_values(), count: 3)
        let result = try run(
            Self.two, examples: 2, [memory.input([1, -1, 2, -3, 0, 5]), memory.input(Self.pairs)], &outputs)
        #expect(result.status == SPARSIFY_USAGE && result.message.contains("6 numbers"))
        #expect(outputs.map(\.count) == [6, 8, 4])
    }

    @Test func nothingIsWrittenWhereOneOutputDoesNotFit() throws {
        var outputs = [memory.output(6), memory.output(8), memory.output(3)]
        let result = try run(
            Self.two, examples: 2, [memory.input([1, -1, 2, -3, 0, 5]), memory.input(Self.pairs)], &outputs)
        #expect(result.status == SPARSIFY_USAGE)
        #expect(values(outputs).joined().allSatisfy { $0 == -7 })
    }

    @Test(
        arguments: [
            ([2, 2, 1], 2), ([2], 2), ([], 2), ([4, 2], 2), ([-2, -2], 2), ([.max, .max], 2), ([4, 1], 2), ([2, 2], 3),
        ] as [([Int64], Int)])
    func shapesThatDoNotFitAreRefused(extents: [Int64], examples: Int) throws {
        var outputs = [memory.output(8)]
        let result = try run(Self.series, examples: examples, [memory.input(Self.pairs, extents)], &outputs)
        #expect(result.status == SPARSIFY_USAGE && result.message.contains("'s'"))
        #expect(outputs[0].count == 99)
    }

    @Test(arguments: [(3, 8), (1, 7), (.max, 8), (2, 6)]) func countsThatFillNoSeriesAreRefused(
        examples: Int, count: Int
    ) throws {
        var outputs = [memory.output(8)]
        let result = try run(Self.series, examples: examples, [memory.input(Array(Self.pairs.prefix(count)))], &outputs)
        #expect(result.status == SPARSIFY_USAGE && result.message.contains("'s'"))
    }

    @Test func emptySeriesGiveNothing() throws {
        var outputs = [memory.output(0)]
        #expect(try run(Self.series, examples: 2, [memory.input([], [0, 2])], &outputs).status == SPARSIFY_OK)
        #expect(try run(Self.series, examples: 2, [memory.input([])], &outputs).status == SPARSIFY_OK)
        #expect(outputs[0].count == 0)
    }

    @Test func severalOpenExtentsWantAShape() throws {
        var outputs = [memory.output(8)]
        let silent = try run(Self.picture, examples: 2, [memory.input(Self.pairs)], &outputs)
        #expect(silent.status == SPARSIFY_USAGE && silent.message.contains("give the shape"))
        #expect(
            try run(Self.picture, examples: 2, [memory.input(Self.pairs, [4, 1, 1])], &outputs).status == SPARSIFY_OK)
        #expect(outputs[0].count == 8)
    }

    @Test func numbersOfValuesMustBeThoseOfTheNetwork() throws {
        let inputs = [memory.input([1, 2, 3]), memory.input([1, 2])]
        var outputs = [memory.output(8), memory.output(8), memory.output(8)]
        try TestModel(configuration: Self.two).withHandle { model in
            var error = sparsify_error()
            for (given, taken) in [(1, 3), (3, 3), (2, 2), (0, 0), (-1, 3), (2, .max)] {
                #expect(sparsify_run(model, 1, inputs, given, &outputs, taken, &error) == SPARSIFY_USAGE)
                #expect(error.text.contains("2 inputs and 3 outputs"))
            }
            #expect(sparsify_run(model, 1, nil, 2, &outputs, 3, &error) == SPARSIFY_USAGE)
            #expect(sparsify_run(model, 1, inputs, 2, nil, 3, &error) == SPARSIFY_USAGE)
            outputs[1].values = nil
            #expect(sparsify_run(model, 1, inputs, 2, &outputs, 3, &error) == SPARSIFY_USAGE)
            #expect(error.text == "The pointer to an output is null.")
            #expect(sparsify_run(nil, 1, inputs, 2, &outputs, 3, &error) == SPARSIFY_USAGE)
            let numbers = memory([1, 2, 3] as [Float])
            #expect(sparsify_predict(model, 1, numbers, 3, numbers, 3, &error) == SPARSIFY_USAGE)
            #expect(error.text.hasSuffix("Call sparsify_run."))
        }
    }

    @Test func whatCannotRunSaysWhy() throws {
        let strange = Self.network([Self.input("a", "3")], [Self.layer("Lambda", "l", "a")])
        var outputs = [memory.output(3)]
        let result = try run(strange, examples: 1, [memory.input([1, 2, 3])], &outputs)
        #expect(result.status == SPARSIFY_UNSUPPORTED && result.message.contains("'l'"))
    }
}
