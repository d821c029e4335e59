import Testing

@testable import Inference
@testable import Networks

/// What is fused gives what the steps by themselves give.
@Suite struct FusionTests {
    private static let window = Window(size: [3, 3], strides: [1, 1], padding: .valid)

    private func weighted(
        _ kind: Int, _ net: Net, _ x: ValueID, channels: ChannelAxis, hasBias: Bool
    ) throws -> (primitive: Primitive, weights: [ParameterReference]) {
        let bias = hasBias ? [net.parameter([kind == 1 ? 8 : 5])] : []
        switch kind {
        case 0:
            let rule = Convolution(window: Self.window, filters: 5, channels: channels, hasBias: hasBias)
            return (.convolution(rule), [net.parameter([3, 3, 4, 5])] + bias)
        case 1:
            let rule = DepthwiseConvolution(window: Self.window, multiplier: 2, channels: channels, hasBias: hasBias)
            return (.depthwiseConvolution(rule), [net.parameter([3, 3, 4, 2])] + bias)
        case 2:
            let rule = TransposedConvolution(window: Self.window, filters: 5, channels: channels, hasBias: hasBias)
            return (.transposedConvolution(rule), [net.parameter([3, 3, 5, 4])] + bias)
        default:
            let rule = Contraction(lastOf: 3, inputs: 4, units: 5, hasBias: hasBias)
            return (.contraction(rule), [net.parameter([4, 5])] + bias)
        }
    }

    private func normalised(_ net: Net, _ y: ValueID, axis: Int, _ count: Int) throws -> ValueID {
        let weights = (0..<4).map { _ in net.parameter([count]) { abs($0) + 0.25 } }
        return try net.push(
            .affine(Affine(.batchStatistics(hasGamma: true, hasBeta: true, epsilon: 1e-3), axes: [axis])), [y], weights)
    }

    @Test(arguments: 0..<4, [ChannelAxis.last, .first])
    func normalisationsAndFunctions(kind: Int, channels: ChannelAxis) throws {
        if kind == 3, channels == .first { return }
        let (axis, count) = (channels == .last ? 2 : 0, kind == 1 ? 8 : 5)
        for hasBias in [false, true] {
            for function in [nil, "relu", "gelu"] {
                let net = Net()
                let x = net.input(channels == .last ? [4, 5, 4] : [4, 4, 5])
                let (primitive, weights) = try weighted(kind, net, x, channels: channels, hasBias: hasBias)
                let y = try net.push(primitive, [x], weights)
                var z = try normalised(net, y, axis: axis, count)
                if let function { z = try net.push(.activation(Activation(function).canonical()), [z]) }
                try expectAgreement(net, [z])
                // Where it is asked for itself, it is not what follows it.
                try expectAgreement(net, [y, z])
                // Another one looks at it too.
                let w = try net.push(.affine(Affine(scale: 3)), [y])
                try expectAgreement(net, [z, w])
            }
        }
    }

    /// A normalisation along another axis than the channels stays what it is.
    @Test(arguments: 0..<4)
    func normalisationsOfOtherAxes(kind: Int) throws {
        let net = Net()
        let x = net.input(6, 6, 4)
        let (primitive, weights) = try weighted(kind, net, x, channels: .last, hasBias: true)
        let y = try net.push(primitive, [x], weights)
        let extent = net.program[y].extents![0]!
        try expectAgreement(net, [try normalised(net, y, axis: 0, extent)])
    }

    /// One kernel under two normalisations, and under none.
    @Test(arguments: 0..<4)
    func sharedWeights(kind: Int) throws {
        let net = Net()
        let x = net.input(4, 5, 4)
        let (primitive, weights) = try weighted(kind, net, x, channels: .last, hasBias: true)
        let count = kind == 1 ? 8 : 5
        let outputs = try (0..<3).map { number in
            let y = try net.push(primitive, [x], weights)
            return number == 2 ? y : try normalised(net, y, axis: 2, count)
        }
        try expectAgreement(net, outputs)
    }

    @Test(arguments: [0, 1], [ChannelAxis.last, .first])
    func paddings(kind: Int, channels: ChannelAxis) throws {
        for (value, isShown) in [(0, false), (0, true), (2, false), (2, true)] as [(Double, Bool)] {
            let net = Net()
            let x = net.input(channels == .last ? [4, 5, 4] : [4, 4, 5])
            let padded = try net.push(
                .padding(Padding(before: [1, 2], after: [2, 0], channels: channels, value: value)), [x])
            let (primitive, weights) = try weighted(kind, net, padded, channels: channels, hasBias: true)
            let y = try net.push(primitive, [padded], weights)
            try expectAgreement(net, isShown ? [y, padded] : [y])
        }
    }

    /// Two that take the same padded value, and zeros around zeros.
    @Test func paddingsWithSeveralReaders() throws {
        let net = Net()
        let x = net.input(4, 5, 4)
        let padding = Padding(before: [1, 2], after: [2, 0], channels: .last)
        let padded = try net.push(.padding(padding), [x])
        let twice = try net.push(.padding(padding), [padded])
        let outputs = try [padded, padded, twice].enumerated().map { number, value in
            let (primitive, weights) = try weighted(number % 2, net, value, channels: .last, hasBias: true)
            return try net.push(primitive, [value], weights)
        }
        try expectAgreement(net, outputs)
        try expectAgreement(net, [outputs[2]])
        try expectAgreement(net, [outputs[0]])
    }
}
