import Tensors
import Testing

@testable import Inference
@testable import Networks

/// What moves elements about and computes nothing, or little.
@Suite struct ArrangementTests {
    private func check(_ extents: [Int], _ primitives: [Primitive], rows: Int = 2) throws {
        let net = Net()
        let x = net.input(extents.map { $0 })
        let outputs = try primitives.map { try net.push($0, [x]) }
        try expectAgreement(net, outputs, rows: rows)
    }

    @Test func padding() throws {
        try check(
            [4, 5, 3],
            [
                .padding(Padding(before: [1, 2], after: [0, 3], channels: .last)),
                .padding(Padding(before: [1, 0], after: [2, 1], channels: .first)),
                .padding(Padding(before: [0, 1], after: [1, 0], channels: .last, value: -3)),
                .padding(Padding(before: [0, 0], after: [0, 0], channels: .last)),
            ])
        try check([2, 3, 4, 5], [.padding(Padding(before: [1, 0, 2], after: [0, 1, 1], channels: .last))])
    }

    @Test func cropping() throws {
        try check(
            [5, 6, 4],
            [
                .cropping(Cropping(before: [1, 2], after: [0, 3], channels: .last)),
                .cropping(Cropping(before: [1, 0], after: [2, 1], channels: .first)),
            ])
    }

    @Test func slicingAndReversal() throws {
        try check(
            [5, 6, 4],
            (0..<3).flatMap { axis in
                [
                    .slicing(Slicing(axis: axis, start: 1, count: 2)),
                    .slicing(Slicing(axis: axis, start: 0, count: 2, step: 3)),
                    .slicing(Slicing(axis: axis, start: 3, count: 4, step: -1)),
                    .slicing(Slicing(axis: axis, start: 2, count: 1, step: -5)),
                    .reversal(Reversal(axis: axis)),
                ]
            })
    }

    @Test func orders() throws {
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
        try check([3, 4, 5], orders.map { .transpose(Transpose($0)) })
        try check([40, 30, 20], orders.map { .transpose(Transpose($0)) }, rows: 1)
        try check([2, 3, 2, 5], [.transpose(Transpose([3, 1, 0, 2])), .transpose(Transpose([2, 3, 0, 1]))])
    }

    @Test(arguments: 0..<3)
    func concatenation(axis: Int) throws {
        let net = Net()
        let values = [1, 4, 2].map { extent in
            var extents = [3, 4, 5]
            extents[axis] = extent
            return net.input(extents.map { $0 })
        }
        let y = try net.push(.concatenation(Concatenation(axis: axis)), values)
        let twice = try net.push(.concatenation(Concatenation(axis: axis)), [values[1], values[1]])
        let one = try net.push(.concatenation(Concatenation(axis: axis)), [values[0]])
        try expectAgreement(net, [y, twice, one])
    }

    @Test func tilingConstantsAndPositions() throws {
        try check(
            [3, 2],
            [
                .tiling(Tiling(count: 1)), .tiling(Tiling(count: 4)), .constant(Constant([7], extents: [2, 2])),
                .constant(Constant([1, 2, 3, 4, 5, 6], extents: [3, 2])), .positions(Positions(axis: 0)),
                .positions(Positions(axis: 1)),
            ])
    }

    /// A layer over time: its steps are rows.
    @Test(arguments: [1, 4])
    func batching(rows: Int) throws {
        let net = Net()
        let x = net.input(5, 3, 2)
        let folded = try net.push(.batching(Batching(.fold)), [x])
        let weights = [net.parameter([2, 4]), net.parameter([4])]
        let y = try net.push(
            .contraction(Contraction(lastOf: 2, inputs: 2, units: 4, hasBias: true)), [folded], weights)
        let positions = try net.push(.positions(Positions(axis: 0)), [y])
        let back = try net.push(.batching(Batching(.unfold(5))), [y])
        let other = try net.push(.batching(Batching(.unfold(5))), [positions])
        try expectAgreement(net, [back, other], rows: rows)
    }

    @Test func views() throws {
        let net = Net()
        let x = net.input(4, 6)
        let a = try net.push(.reshape(Reshape([3, -1])), [x])
        let b = try net.push(.reshape(Reshape([24])), [a])
        let c = try net.push(.affine(Affine(scale: 2)), [b])
        let d = try net.push(.elementwise(Elementwise(.add)), [c, b])
        // Inputs and views of them may be outputs, more than once.
        try expectAgreement(net, [x, a, b, d, c, d])
    }

    @Test(
        arguments: [
            Resampling.Interpolation.nearest, .bilinear, .bicubic, .area, .lanczos3, .lanczos5, .mitchellcubic,
        ], [false, true])
    func resampling(interpolation: Resampling.Interpolation, antialias: Bool) throws {
        try check(
            [5, 4, 3],
            [
                ([.factor(2), .factor(3)], .last), ([.extent(3), .extent(7)], .last),
                ([.extent(9), .extent(2)], .first),
            ]
            .map { targets, channels in
                .resampling(
                    Resampling(targets, interpolation: interpolation, antialias: antialias, channels: channels))
            })
        try check([6, 2], [.resampling(Resampling([.factor(2)], interpolation: interpolation, channels: .last))])
    }

    /// Taps that are given, which TensorFlow does not have: here each output is an input and half of the next.
    @Test func resamplingByGivenTaps() throws {
        let net = Net()
        let x = net.input(3, 1)
        let taps = [0, 1, 0].map { Resampling.Tap(start: $0, weights: [1, 0.5]) }
        let y = try net.push(
            .resampling(Resampling([.taps(taps)], interpolation: .bilinear, channels: .last)), [x])
        let runner = NetworkRunner<Float>(net.network([y]), parameters: net.source, threads: 1)
        #expect(try runner.run([Tensor(shape: [1, 3, 1], values: [2, 4, 8])])[0].values == [4, 8, 4])
        #expect(throws: SparsifyError.self) {
            try runner.run([Tensor(shape: [1, 2, 1], values: [2, 4])])
        }
    }

    // MARK: Rows of a table

    @Test func gathering() throws {
        let net = Net()
        let x = net.input(4)
        let y = try net.push(.gather(Gather(dimension: 3)), [x], [net.parameter([10, 3])])
        try expectAgreement(net, [y]) { (($0 + 1) * 4.9).rounded(.down) }
        // A fraction is cut off.
        try expectAgreement(net, [y]) { ($0 + 1) * 4.9 }
    }

    @Test func negativeNumbersCountFromTheEndWhereTheyMay() throws {
        let net = Net()
        let x = net.input(2)
        let gather = Gather(dimension: 3, countsFromEnd: true)
        let y = try net.push(.gather(gather), [x], [net.parameter([10, 3])])
        let runner = NetworkRunner<Float>(net.network([y]), parameters: net.source, threads: 1)
        let last = try runner.run([Tensor(shape: [1, 2], values: [-1, -10])])[0]
        #expect(try last == runner.run([Tensor(shape: [1, 2], values: [9, 0])])[0])
        for number: Float in [-11, 10] {
            #expect(throws: SparsifyError.self) { try runner.run([Tensor(shape: [1, 2], values: [number, 0])]) }
        }
    }

    @Test(arguments: [-1, 10, 1e30, -.infinity, .nan] as [Float])
    func aNumberThatIsNoRowIsAnError(number: Float) throws {
        let net = Net()
        let x = net.input(2)
        let y = try net.push(.gather(Gather(dimension: 3)), [x], [net.parameter([10, 3])])
        let runner = NetworkRunner<Float>(net.network([y]), parameters: net.source, threads: 2)
        // In any of the pieces that a batch falls into.
        for place in [0, 1, 39, 63] {
            var values = [Float](repeating: 3, count: 64)
            values[place] = number
            #expect { try runner.run([Tensor(shape: [32, 2], values: values)]) } throws: {
                ($0 as? SparsifyError)?.code == .usage && "\($0)".contains("'layer0'") && "\($0)".contains("0 to 9")
            }
        }
        #expect(try runner.run([Tensor(shape: [1, 2], values: [9, 0])])[0].shape == [1, 2, 3])
    }
}
