import Tensors
import Testing

@testable import Networks
@testable import Training

@Suite struct BatchStandardisationTests {
    private let network: Network
    private let table: ParameterTable
    private let parameters: [Double]
    private let input: [Double]
    private let rows = 6

    init() throws {
        network = try SmallNetwork.dense([3, 4, 2], ending: nil, normalises: true)
        table = try ParameterTable(network)
        var generator = SplitMix64(seed: 11)
        parameters = (0..<table.count).map { _ in generator.unit() - 0.3 }
        input = (0..<rows * 3).map { _ in generator.unit() * 2 - 1 }
    }

    /// Σ of the outputs' squares, and its gradient by θ.
    private func loss(_ parameters: [Double], gradient: Bool) throws -> (Double, [Double]) {
        let tape = try Tape<Double>(
            network, table, outputs: network.outputs, rows: rows, extents: [[3]], isTraining: true)
        let (values, slopes) = (Vector(parameters), Vector([Double](repeating: 0, count: parameters.count)))
        let given = tape.block(input.count)
        for index in input.indices { given.base[index] = input[index] }
        let blocks = table.entries.map { values.block($0.range) }
        let output = try tape.forward([given], blocks)[0]
        var sum = 0.0
        let slope = tape.block(output.count)
        for index in 0..<output.count {
            sum += output.base[index] * output.base[index]
            slope.base[index] = 2 * output.base[index]
        }
        if gradient {
            tape.backward([slope], blocks, into: table.entries.map { $0.isTrainable ? slopes.block($0.range) : nil })
        }
        return (sum, slopes.values)
    }

    @Test func theGradientIsADifference() throws {
        let gradient = try loss(parameters, gradient: true).1
        for entry in table.entries where entry.isTrainable {
            for index in entry.range {
                var (more, less) = (parameters, parameters)
                more[index] += 1e-5
                less[index] -= 1e-5
                let difference = (try loss(more, gradient: false).0 - loss(less, gradient: false).0) / 2e-5
                #expect(abs(gradient[index] - difference) < 1e-6 * max(1, abs(difference)), "\(entry.reference)")
            }
        }
    }

    /// The statistics that the file has play no part.
    @Test func theBatchIsWhatCounts() throws {
        var changed = parameters
        for entry in table.entries where !entry.isTrainable {
            for index in entry.range { changed[index] += 1 }
        }
        #expect(try loss(parameters, gradient: false).0 == loss(changed, gradient: false).0)
    }

    private final class Vector {
        private let memory: UnsafeMutableBufferPointer<Double>
        init(_ values: [Double]) {
            memory = .allocate(capacity: values.count)
            _ = memory.initialize(from: values)
        }
        deinit { memory.deallocate() }
        var values: [Double] { Array(memory) }
        func block(_ range: Range<Int>) -> Block<Double> {
            Block(viewing: memory.baseAddress! + range.lowerBound, count: range.count, of: self)
        }
    }
}
