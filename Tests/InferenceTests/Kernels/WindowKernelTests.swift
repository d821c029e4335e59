import Testing

@testable import Inference
@testable import Networks

/// Convolutions of all sorts and pooling against plain loops.
@Suite struct WindowKernelTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var extents: [Int]
        var window: Window
        var filters = 4
        var groups = 1
        var channels = ChannelAxis.last
        var hasBias = true
        var outputPadding: [Int]?
        var testDescription: String {
            "\(extents) \(window.size)/\(window.strides)/\(window.dilation) \(window.padding) g\(groups) \(channels)"
        }
    }

    private static func window(
        _ size: [Int], _ strides: [Int]? = nil, _ dilation: [Int]? = nil, _ padding: Window.Padding = .valid
    ) -> Window {
        Window(size: size, strides: strides ?? size.map { _ in 1 }, dilation: dilation, padding: padding)
    }

    // MARK: Convolution

    static let convolutions: [Case] = [
        Case(extents: [7, 3], window: window([3])),
        Case(extents: [9, 5], window: window([4], [3], nil, .same), filters: 5),
        Case(extents: [9, 2], window: window([3], nil, [2], .causal), filters: 3),
        Case(extents: [8, 2], window: window([3], [2], nil, .causal), hasBias: false),
        Case(extents: [2, 3], window: window([5], nil, nil, .same)),
        Case(extents: [2, 3, 2], window: window([7, 9], nil, nil, .same), filters: 3),
        Case(extents: [3, 4, 5, 2], window: window([3, 3, 3], nil, nil, .same), filters: 3),
        Case(extents: [17, 19, 3], window: window([3, 5], nil, nil, .same), filters: 18),
        Case(extents: [6, 7, 3], window: window([3, 2])),
        Case(extents: [6, 7, 3], window: window([3, 3], [2, 2], nil, .same), filters: 5),
        Case(extents: [5, 6, 2], window: window([2, 4], nil, nil, .same), filters: 1),
        Case(extents: [9, 8, 2], window: window([3, 2], nil, [2, 3], .same), filters: 3),
        Case(extents: [9, 8, 4], window: window([3, 3], nil, [1, 2]), filters: 6, groups: 2),
        Case(extents: [5, 5, 6], window: window([3, 3], [2, 1], nil, .same), filters: 6, groups: 6),
        Case(extents: [4, 6, 5], window: window([3, 3], nil, nil, .same), channels: .first),
        Case(extents: [4, 7, 6], window: window([2, 3], [2, 2]), filters: 2, groups: 2, channels: .first),
        Case(extents: [5, 6, 3], window: window([1, 1]), filters: 7),
        Case(extents: [5, 6, 3], window: window([1, 1], [2, 2]), filters: 7),
        Case(extents: [5, 6, 4], window: window([1, 1]), filters: 6, groups: 2, hasBias: false),
        Case(extents: [4, 5, 6, 2], window: window([2, 3, 2])),
        Case(extents: [5, 4, 6, 2], window: window([3, 2, 3], [2, 1, 3], nil, .same), filters: 3),
        Case(extents: [6, 5, 5, 2], window: window([2, 2, 2], nil, [3, 1, 2]), filters: 2),
        Case(extents: [3, 4, 5, 4], window: window([2, 2, 2], nil, nil, .same), filters: 2, channels: .first),
    ]

    @Test(arguments: convolutions)
    func convolution(entry: Case) throws {
        let net = Net()
        let depth = entry.channels == .last ? entry.extents.last! : entry.extents[0]
        let x = net.input(entry.extents.map { $0 })
        var weights = [net.parameter(entry.window.size + [depth / entry.groups, entry.filters])]
        if entry.hasBias { weights.append(net.parameter([entry.filters])) }
        let primitive = Convolution(
            window: entry.window, filters: entry.filters, groups: entry.groups, channels: entry.channels,
            hasBias: entry.hasBias)
        let y = try net.push(.convolution(primitive), [x], weights)
        let z = try net.push(.activation(Activation("relu").canonical()), [y])
        try expectAgreement(net, [z])
        try expectAgreement(net, [y, z])
    }

    /// So many windows that they are gathered in several tiles; the result is that of the examples one by one.
    @Test(arguments: [ChannelAxis.last, .first], [1, 4])
    func manyTiles(channels: ChannelAxis, groups: Int) throws {
        let net = Net()
        let x = net.input(channels == .last ? [40, 40, 40] : [40, 40, 40])
        let kernel = net.parameter([3, 3, 40 / groups, 8])
        let bias = net.parameter([8])
        let y = try net.push(
            .convolution(
                Convolution(
                    window: Self.window([3, 3], nil, nil, .same), filters: 8, groups: groups, channels: channels,
                    hasBias: true)), [x], [kernel, bias])
        let network = net.network([y])
        let inputs = randomInputs(network, rows: 1)
        let wanted = try NetworkRunner<Double>(network, parameters: net.source, threads: 1).run(
            inputs.map(tensor), batch: 1)
        let one = try NetworkRunner<Float>(network, parameters: net.source, threads: 1).run(inputs.map(tensor))
        #expect(gap(one[0].values, wanted[0].values) < 1e-4)
        for threads in [2, 3] {
            let found = try NetworkRunner<Float>(network, parameters: net.source, threads: threads).run(
                inputs.map(tensor))
            #expect(bits(found) == bits(one))
        }
        // A few elements by plain loops.
        var generator = SplitMix64(4)
        let kernels = Values(rows: 1, extents: [3, 3, 40 / groups, 8], numbers: net.parameters[kernel]!.numbers)
        for _ in 0..<200 {
            let (row, y, x) = (
                0, Int.random(in: 0..<40, using: &generator),
                Int.random(in: 0..<40, using: &generator)
            )
            let filter = Int.random(in: 0..<8, using: &generator)
            var sum = net.parameters[bias]!.numbers[filter]
            for (i, j) in [-1, 0, 1].flatMap({ i in [-1, 0, 1].map { (i, $0) } })
            where (0..<40).contains(y + i) && (0..<40).contains(x + j) {
                for c in 0..<40 / groups {
                    let channel = filter / (8 / groups) * (40 / groups) + c
                    let place = channels == .last ? [y + i, x + j, channel] : [channel, y + i, x + j]
                    sum += inputs[0][row, place] * kernels[0, [i + 1, j + 1, c, filter]]
                }
            }
            let shape = Values(
                rows: 1, extents: channels == .last ? [40, 40, 8] : [8, 40, 40], numbers: wanted[0].values)
            #expect(abs(shape[row, channels == .last ? [y, x, filter] : [filter, y, x]] - sum) < 1e-10)
        }
    }

    // MARK: Depthwise

    static let depthwise: [Case] = [
        Case(extents: [9], window: window([3], nil, nil, .same)),
        Case(extents: [9], window: window([2], nil, [3])),
        Case(extents: [9], window: window([3], [2], nil, .causal), hasBias: false),
        Case(extents: [7, 9], window: window([3, 3], nil, nil, .same)),
        Case(extents: [7, 9], window: window([3, 3], [2, 2], nil, .same), hasBias: false),
        Case(extents: [7, 9], window: window([2, 3], nil, [2, 2])),
        Case(extents: [5, 12], window: window([3, 4], nil, [1, 2], .same)),
        Case(extents: [2, 2], window: window([5, 5], nil, nil, .same)),
        Case(extents: [3, 4, 6], window: window([2, 3, 3], [1, 2, 1], nil, .same)),
        Case(extents: [5, 6], window: window([3, 3], nil, nil, .same), channels: .first),
    ]

    @Test(arguments: depthwise, [1, 2])
    func depthwiseConvolution(entry: Case, multiplier: Int) throws {
        for depth in multiplier == 1 ? [1, 3, 16, 33] : [1, 3, 17] {
            let net = Net(seed: UInt64(depth))
            let extents = entry.channels == .last ? entry.extents + [depth] : [depth] + entry.extents
            let x = net.input(extents.map { $0 })
            var weights = [net.parameter(entry.window.size + [depth, multiplier])]
            if entry.hasBias { weights.append(net.parameter([depth * multiplier])) }
            let y = try net.push(
                .depthwiseConvolution(
                    DepthwiseConvolution(
                        window: entry.window, multiplier: multiplier, channels: entry.channels, hasBias: entry.hasBias)),
                [x], weights)
            let function = depth % 2 == 0 ? "relu" : "tanh"
            let z = try net.push(.activation(Activation(function).canonical()), [y])
            try expectAgreement(net, depth == 3 ? [y, z] : [z], rows: 2)
        }
    }

    // MARK: Transposed convolution

    static let transposed: [Case] = [
        Case(extents: [4, 3], window: window([3])),
        Case(extents: [4, 3], window: window([3], [2], nil, .same)),
        Case(extents: [5, 2], window: window([2], [3])),
        Case(extents: [4, 2], window: window([3], [2], nil, .same), outputPadding: [1]),
        Case(extents: [4, 2], window: window([4], [3]), hasBias: false, outputPadding: [2]),
        Case(extents: [4, 2], window: window([3], nil, [2])),
        Case(extents: [6, 2], window: window([3], nil, [3], .same)),
        Case(extents: [4, 5, 3], window: window([3, 2], [2, 2], nil, .same)),
        Case(extents: [4, 5, 3], window: window([3, 4], [2, 3])),
        Case(extents: [3, 4, 3], window: window([2, 2], [2, 2]), filters: 17),
        Case(extents: [3, 4, 3], window: window([5, 5], [2, 2], nil, .same), hasBias: false, outputPadding: [1, 0]),
        Case(extents: [3, 4, 5], window: window([3, 3], [2, 1], nil, .same), channels: .first),
        Case(extents: [2, 3, 4, 2], window: window([2, 3, 2], [2, 1, 2], nil, .same)),
    ]

    @Test(arguments: transposed)
    func transposedConvolution(entry: Case) throws {
        let net = Net()
        let x = net.input(entry.extents.map { $0 })
        let depth = entry.channels == .last ? entry.extents.last! : entry.extents[0]
        var weights = [net.parameter(entry.window.size + [entry.filters, depth])]
        if entry.hasBias { weights.append(net.parameter([entry.filters])) }
        let y = try net.push(
            .transposedConvolution(
                TransposedConvolution(
                    window: entry.window, filters: entry.filters, outputPadding: entry.outputPadding,
                    channels: entry.channels, hasBias: entry.hasBias)), [x], weights)
        try expectAgreement(net, [y])
    }

    // MARK: Pooling

    static let poolings: [Case] = [
        Case(extents: [7, 3], window: window([2], [2])),
        Case(extents: [7, 3], window: window([3], [2], nil, .same)),
        Case(extents: [6, 7, 17], window: window([2, 3], [2, 3], nil, .same)),
        Case(extents: [6, 7, 5], window: window([3, 3], [1, 1], nil, .same)),
        Case(extents: [6, 7, 2], window: window([4, 2], [3, 1])),
        Case(extents: [3, 6, 7], window: window([2, 2], [2, 2], nil, .same), channels: .first),
        Case(extents: [4, 5, 6, 3], window: window([2, 2, 3], [2, 1, 2], nil, .same)),
    ]

    @Test(arguments: poolings, [Pooling.Kind.maximum, .average])
    func pooling(entry: Case, kind: Pooling.Kind) throws {
        let net = Net()
        // All below zero: a maximum that saw zeros of the padding would be zero.
        let x = net.input(entry.extents.map { $0 })
        let y = try net.push(.pooling(Pooling(kind, window: entry.window, channels: entry.channels)), [x])
        try expectAgreement(net, [y]) { $0 - 2 }
    }
}
