import Testing

@testable import Inference
@testable import Networks

/// Convolutions whose windows are runs of lanes.
@Suite struct LaneConvolutionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var rows: Int
        var extents: [Int]
        var size = [3, 3]
        var dilation: [Int]?
        var padding = Window.Padding.same
        var filters = 6
        var testDescription: String { "\(rows) × \(extents), \(size) \(padding) by \(filters)" }

        var window: Window { Window(size: size, strides: size.map { _ in 1 }, dilation: dilation, padding: padding) }
    }

    /// Lanes that are examples, parts of one, both; some of them without work; few units and many; several blocks.
    static let cases: [Case] = [
        Case(rows: 1, extents: [28, 28, 5], filters: 70),
        Case(rows: 1, extents: [14, 14, 80]),
        Case(rows: 3, extents: [13, 9, 4]),
        Case(rows: 16, extents: [7, 7, 40]),
        Case(rows: 21, extents: [6, 10, 3], size: [2, 5]),
        Case(rows: 2, extents: [23, 17, 3], dilation: [2, 3], filters: 9),
        Case(rows: 5, extents: [20, 19, 2], padding: .valid),
        Case(rows: 140, extents: [4, 4, 8]),
        Case(rows: 7, extents: [40, 12], size: [5], padding: .causal),
        Case(rows: 1, extents: [1, 64, 6], size: [1, 3]),
    ]

    @Test(arguments: cases)
    func agreesWithDenseWeights(entry: Case) throws {
        let net = Net()
        let depth = entry.extents.last!
        let x = net.input(entry.extents.map { $0 })
        let weights = [net.parameter(entry.size + [depth, entry.filters]), net.parameter([entry.filters])]
        let primitive = Convolution(
            window: entry.window, filters: entry.filters, groups: 1, channels: .last, hasBias: true)
        let y = try net.push(.convolution(primitive), [x], weights)
        // A sum and a function that is more than bounds, done at the end.
        let other = net.input((net.program[y].extents ?? []).map { $0 })
        let sum = try net.push(.elementwise(Elementwise(.add)), [y, other])
        let z = try net.push(.activation(Activation("tanh").canonical()), [sum])
        let network = net.network([z])
        let inputs = randomInputs(network, rows: entry.rows)
        let thinned = net.source.keeping(oneIn: 4)
        let (spatial, output) = (
            entry.extents.dropLast(), (network.program[y].extents ?? []).compactMap { $0 }.dropLast()
        )
        let geometry = WindowGeometry(
            entry.window, rows: entry.rows, channels: depth, input: Array(spatial), output: Array(output))
        let nonzeros = thinned.values.values.map { $0.count { $0 != 0 } }.max()!
        #expect(LaneGrid(geometry, nonzeros: nonzeros, outputs: entry.filters) != nil, "this is about lanes")
        func run<T: Scalar>(_ kernels: KernelPolicy, threads: Int) throws -> Tensor<T> {
            try NetworkRunner<T>(network, parameters: thinned, threads: threads, kernels: kernels)
                .run(inputs.map(tensor), batch: entry.rows)[0]
        }
        let wanted: Tensor<Double> = try run(.dense, threads: 1)
        let found: Tensor<Float> = try run(.sparse, threads: 1)
        #expect(gap(found.values, wanted.values) < 2e-5)
        for threads in [2, 3, 5] {
            let shared: Tensor<Float> = try run(.sparse, threads: threads)
            #expect(bits([shared]) == bits([found]), "on \(threads) threads")
        }
    }

    /// Each output belongs to one lane of one unit and one strip.
    @Test(arguments: cases)
    func gridsCoverTheOutputs(entry: Case) throws {
        let output = entry.extents.dropLast()
        let geometry = WindowGeometry(
            entry.window, rows: entry.rows, channels: entry.extents.last!, input: Array(output), output: Array(output))
        let nonzeros = entry.filters * geometry.channels * geometry.taps / 4
        let grid = try #require(LaneGrid(geometry, nonzeros: nonzeros, outputs: entry.filters))
        #expect(grid.examples * grid.rows * grid.columns <= SparseKernels.lanes)
        #expect(grid.units(geometry) * grid.examples >= entry.rows)
        #expect(grid.rows * grid.height >= geometry.output[1] && grid.columns * grid.width >= geometry.output[2])
        #expect((0..<grid.strips).flatMap { Array(grid.strip($0)) } == Array(0..<grid.width))
        #expect((0..<grid.strips).allSatisfy { (1...8).contains(grid.strip($0).count) })
        #expect(grid.plane % 2 == 1 && grid.plane >= (grid.height + grid.span.lines) * grid.pitch)
    }
}
