import Testing

@testable import Inference
@testable import Networks

/// Reductions, normalisations and the like against plain loops.
@Suite struct AxisKernelTests {
    // MARK: Reduction

    @Test(
        arguments: [
            Reduction.Kind.maximum, .minimum, .average, .sum, .product, .maximumIndex, .minimumIndex,
        ], [[0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2], [2, 0]])
    func reductions(kind: Reduction.Kind, axes: [Int]) throws {
        let isPosition = kind == .maximumIndex || kind == .minimumIndex
        if isPosition, axes.count > 1 { return }
        for keepsAxes in [false, true] {
            let net = Net()
            let x = net.input(3, 4, 17)
            let y = try net.push(.reduction(Reduction(kind, axes: axes, keepsAxes: keepsAxes)), [x])
            // Eighths have ties, of which the first counts.
            try expectAgreement(net, [y]) { ($0 * 8).rounded() / 8 }
        }
    }

    @Test(
        arguments: [Reduction.Kind.maximum, .minimum, .average, .sum, .product],
        [[3, 4, 2], [4, 1], [3, 1, 1], [2], [1]])
    func maskedReductions(kind: Reduction.Kind, mask: [Int]) throws {
        for axes in [[0], [1], [0, 2], [0, 1, 2]] {
            let net = Net()
            let (x, m) = (net.input(3, 4, 2), net.input(mask.map { $0 }))
            let y = try net.push(.reduction(Reduction(kind, axes: axes, keepsAxes: false)), [x, m])
            // About a third are zero; where all of a mean are, the result is no number.
            try expectAgreement(net, [y], rows: 4) { ($0 * 1.5).rounded() }
        }
    }

    // MARK: Normalisation

    @Test(arguments: [Standardisation.Moment.variance, .varianceUncentred, .meanSquare, .sumOfSquares])
    func moments(moment: Standardisation.Moment) throws {
        for (axes, hasScale, hasShift) in [
            ([2], true, true), ([1, 2], true, false), ([0], false, true), ([0, 2], true, true),
            ([0, 1, 2], false, false),
        ] {
            let net = Net()
            let extents = [3, 4, 11]
            let x = net.input(3, 4, 11)
            let shape = axes.map { extents[$0] }
            var weights: [ParameterReference] = []
            if hasScale { weights.append(net.parameter(shape)) }
            if hasShift { weights.append(net.parameter(shape)) }
            let y = try net.push(
                .standardisation(
                    Standardisation(
                        axes: axes, hasScale: hasScale, hasShift: hasShift, moment: moment, epsilon: 1e-3)), [x],
                weights)
            try expectAgreement(net, [y]) { $0 + 0.5 }
        }
    }

    @Test(arguments: [1, 2, 3, 6], [0, 2])
    func groups(groups: Int, channelAxis: Int) throws {
        let net = Net()
        let x = net.input(channelAxis == 0 ? [6, 3, 5] : [3, 5, 6])
        let weights = [net.parameter([6]), net.parameter([6])]
        let axes = channelAxis == 0 ? [1, 2] : [0, 1]
        for given in [axes, axes + [channelAxis]] {
            let y = try net.push(
                .standardisation(
                    Standardisation(
                        axes: given, groups: groups, channelAxis: channelAxis, hasScale: true, hasShift: true,
                        epsilon: 1e-3)), [x], weights)
            try expectAgreement(net, [y])
        }
    }

    // MARK: Affine

    @Test(arguments: [[2], [0], [1], [0, 1], [1, 2], [0, 2], [0, 1, 2]])
    func affineByParameters(axes: [Int]) throws {
        let extents = [3, 4, 5]
        let shape = axes.map { extents[$0] }
        for (source, count) in [
            (.scale, 1), (.shift, 1), (.meanAndVariance(epsilon: 1e-7, inverts: false), 2),
            (.meanAndVariance(epsilon: 0.9, inverts: true), 2),
            (.batchStatistics(hasGamma: true, hasBeta: true, epsilon: 1e-3), 4),
            (.batchStatistics(hasGamma: false, hasBeta: true, epsilon: 1e-3), 3),
            (.batchStatistics(hasGamma: true, hasBeta: false, epsilon: 0.1), 3),
            (.batchStatistics(hasGamma: false, hasBeta: false, epsilon: 0.1), 2),
        ] as [(Affine.Source, Int)] {
            let net = Net()
            let x = net.input(3, 4, 5)
            let weights = (0..<count).map { _ in net.parameter(shape) { abs($0) + 0.25 } }
            try expectAgreement(net, [try net.push(.affine(Affine(source, axes: axes)), [x], weights)])
        }
    }

    @Test func affineByConstants() throws {
        let net = Net()
        let x = net.input(2, 3)
        let outputs = try [
            Affine(scale: 2, shift: -1), Affine(shift: 3), Affine(scale: -0.5), Affine(),
            Affine(.constants(scale: [1, 2, 3], shift: []), axes: [1]),
            Affine(.constants(scale: [2], shift: [1, 2, 3]), axes: [1]),
            Affine(.constants(scale: [1, 2, 3, 4, 5, 6], shift: [6, 5, 4, 3, 2, 1]), axes: [0, 1]),
        ].map { try net.push(.affine($0), [x]) }
        try expectAgreement(net, outputs)
    }

    // MARK: Softmax

    @Test(arguments: ["softmax", "log_softmax", "sparsemax"])
    func vectorFunctions(name: String) throws {
        for axes in [nil, [0], [1], [2]] + (name == "sparsemax" ? [] : [[0, 1], [1, 2], [0, 2], [0, 1, 2]]) {
            let net = Net()
            let x = net.input(2, 3, 19)
            let arguments = axes.map { ["axes": JSONValue.array($0.map { .integer($0) })] } ?? [:]
            let y = try net.push(.activation(Activation(name, arguments: arguments)), [x])
            let moved = try net.push(.affine(Affine(scale: 3)), [x])
            let z = try net.push(.activation(Activation(name, arguments: arguments)), [moved])
            try expectAgreement(net, [y, z], rows: 2) { $0 * 5 }
        }
    }

    @Test(arguments: [[3, 4, 5], [5], [4, 1], [1]], [nil, -50.0])
    func maskedSoftmax(mask: [Int], value: Double?) throws {
        for axes in [[2], [1], [0, 2]] {
            let net = Net()
            let (x, m) = (net.input(3, 4, 5), net.input(mask.map { $0 }))
            var arguments = ["axes": JSONValue.array(axes.map { .integer($0) })]
            if let value { arguments["masked_value"] = .number(value) }
            let y = try net.push(.activation(Activation("softmax", arguments: arguments)), [x, m])
            try expectAgreement(net, [y], rows: 4) { ($0 * 1.5).rounded() }
        }
    }

    @Test func softmaxOfExtremes() throws {
        let net = Net()
        let x = net.input(4)
        let network = net.network([try net.push(.activation(Activation("softmax")), [x])])
        let runner = NetworkRunner<Float>(network, parameters: net.source, threads: 1)
        let big = Float.greatestFiniteMagnitude
        let input: [Float] = [big, 0, -big, big, 1000, 999, -1000, 0, -3, -3, -3, -3]
        let values = try runner.run([Tensor(shape: [3, 4], values: input)])[0].values
        let wanted: [Double] = [0.5, 0, 0, 0.5, 0.7310585786, 0.2689414214, 0, 0, 0.25, 0.25, 0.25, 0.25]
        #expect(gap(values, wanted) < 1e-6)
    }
}
