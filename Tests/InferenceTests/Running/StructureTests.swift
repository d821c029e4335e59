import Testing

@testable import Inference
@testable import Networks

/// What follows from zeros: channels that are left out, and results that stay what they were.
@Suite struct StructureTests {
    /// Expects what `Reference` gives and, from the runner that leaves nothing out, the same but for rounding, with
    /// every kind of kernel.
    ///
    /// - Returns: what was left out, by layer: (constant, unread, inputs).
    @discardableResult
    private func expectSame(
        _ net: Net, _ outputs: [ValueID], _ location: SourceLocation = #_sourceLocation
    ) throws -> [String: [Int]] {
        let network = net.network(outputs)
        try expectAgreement(net, outputs, location)
        let inputs = randomInputs(network, rows: 3)
        for (policy, source) in [
            (KernelPolicy.dense, net.source as any ParameterSource), (.sparse, net.source),
            (.sparse, SparseMemoryParameters(net.source)), (.standard, SparseMemoryParameters(net.source)),
        ] {
            let whole = try NetworkRunner<Float>(
                network, parameters: source, threads: 1, kernels: policy, maximumBytes: nil, isReduced: false
            ).run(inputs.map(tensor))
            let reduced = try NetworkRunner<Float>(network, parameters: source, threads: 1, kernels: policy)
                .run(inputs.map(tensor))
            for (found, wanted) in zip(reduced, whole) {
                #expect(found.shape == wanted.shape, sourceLocation: location)
                #expect(gap(found.values, wanted.values.map(Double.init)) < 4e-6, sourceLocation: location)
            }
        }
        let doubles = try [false, true].map { isReduced in
            try NetworkRunner<Double>(
                network, parameters: net.source, threads: 1, kernels: .standard, maximumBytes: nil,
                isReduced: isReduced
            ).run(inputs.map(tensor))
        }
        for (found, wanted) in zip(doubles[1], doubles[0]) {
            #expect(gap(found.values, wanted.values) < 1e-14, sourceLocation: location)
        }
        let lists = try [net.source as any ParameterSource, SparseMemoryParameters(net.source)].map {
            try NetworkRunner<Float>(network, parameters: $0, threads: 1).removals()
        }
        #expect(lists[0] == lists[1], sourceLocation: location)
        return Dictionary(
            lists[0].map { ($0.layer, [$0.constantOutputs, $0.unreadOutputs, $0.removedInputs]) },
            uniquingKeysWith: { $0 + $1 })
    }

    // MARK: Layers one after the other

    @Test(arguments: ["relu", "sigmoid", "gelu", "linear"])
    func denseLayers(function: String) throws {
        let net = Net()
        let x = net.input(5)
        let a = try net.function(function, net.dense(x, 5, 7, columns: [1, 4]))
        let b = try net.function(function, net.dense(a, 7, 6, rows: [0, 6]))
        let y = try net.dense(b, 6, 3)
        // layer0: its kernel; two constants, two unread. layer2 reads three of seven.
        #expect(try expectSame(net, [y]) == ["layer0": [2, 2, 0], "layer2": [0, 0, 4]])
    }

    /// A layer without biases gets some, for what it no longer reads was not zero.
    @Test func biasesAppear() throws {
        let net = Net()
        let x = net.input(4)
        let a = try net.dense(x, 4, 6, columns: [0, 2], bias: { abs($0) + 1 })
        let y = try net.dense(a, 6, 3, bias: nil)
        #expect(try expectSame(net, [y]) == ["layer0": [2, 0, 0], "layer2": [0, 0, 2]])
    }

    /// What depends on constants alone is one.
    @Test func constantsOfConstants() throws {
        let net = Net()
        let x = net.input(4)
        let a = try net.function("relu", net.dense(x, 4, 4, columns: [1, 2], bias: { abs($0) + 1 }))
        var position = -1
        // Output 0 reads inputs 1 and 2 alone.
        let kernel = net.parameter([4, 3]) { number in
            position += 1
            return position % 3 == 0 && (position / 3 == 0 || position / 3 == 3) ? 0 : number
        }
        let b = try net.push(
            .contraction(Contraction(lastOf: 1, inputs: 4, units: 3, hasBias: false)), [a], [kernel])
        let y = try net.dense(b, 3, 2)
        #expect(
            try expectSame(net, [y]) == ["layer0": [2, 0, 0], "layer2": [1, 0, 2], "layer3": [0, 0, 1]])
    }

    /// Nobody reads what only those read that nobody reads.
    @Test func unreadThroughUnread() throws {
        let net = Net()
        let x = net.input(4)
        var position = -1
        let a = try net.dense(x, 4, 4)
        // Input 0 is read by output 0 alone.
        let kernel = net.parameter([4, 3]) { number in
            position += 1
            return position == 1 || position == 2 ? 0 : number
        }
        let b = try net.push(
            .contraction(Contraction(lastOf: 1, inputs: 4, units: 3, hasBias: false)), [a], [kernel])
        let y = try net.dense(b, 3, 2, rows: [0])
        #expect(
            try expectSame(net, [y]) == ["layer0": [0, 1, 0], "layer2": [0, 1, 1], "layer3": [0, 0, 1]])
    }

    /// One channel stays of a layer that is zero altogether.
    @Test(arguments: [false, true])
    func layersOfZeros(isConvolution: Bool) throws {
        let net = Net()
        let x = isConvolution ? net.input(5, 5, 3) : net.input(3)
        let all = Set(0..<4)
        let a = try isConvolution ? net.convolution(x, 3, 4, columns: all) : net.dense(x, 3, 4, columns: all)
        let b = try isConvolution ? net.convolution(a, 4, 5, padding: .valid) : net.dense(a, 4, 5)
        let y = try isConvolution ? net.convolution(b, 5, 2) : net.dense(b, 5, 2)
        let removed = try expectSame(net, [y])
        #expect(removed["layer0"] == [3, 0, 0])
    }

    // MARK: Convolutions

    /// A constant that is not zero meets the zeros of the padding: it stays, but where windows see the input alone.
    @Test(arguments: [(Window.Padding.same, 3), (.same, 1), (.valid, 3)])
    func convolutions(padding: Window.Padding, size: Int) throws {
        for isZero in [false, true] {
            let net = Net()
            let x = net.input(6, 7, 3)
            let a = try net.function(
                "relu", net.convolution(x, 3, 8, columns: [2, 5], bias: { isZero ? -abs($0) : abs($0) + 0.5 }))
            let b = try net.convolution(a, 8, 6, size: size, padding: padding, rows: [7])
            let isFolded = isZero || padding == .valid || size == 1
            #expect(
                try expectSame(net, [b])
                    == ["layer0": [isFolded ? 2 : 0, 1, 0], "layer2": [0, 0, isFolded ? 3 : 1]])
        }
    }

    @Test(arguments: [0, 1])
    func normalisations(order: Int) throws {
        let net = Net()
        let x = net.input(6, 6, 3)
        let a = try net.convolution(x, 3, 6, columns: [0, 3], bias: nil)
        let weights = (0..<4).map { _ in net.parameter([6]) { abs($0) + 0.25 } }
        let affine = Affine(.batchStatistics(hasGamma: true, hasBeta: true, epsilon: 1e-3), axes: [2])
        let rectified =
            try order == 0
            ? net.function("relu", net.push(.affine(affine), [a], weights))
            : net.push(.affine(affine), [net.function("relu", a)], weights)
        let y = try net.convolution(rectified, 6, 4, size: 1, rows: [1])
        let removed = try expectSame(net, [y])
        #expect(removed["layer0"] == [2, 1, 0])
    }

    @Test(arguments: [Window.Padding.same, .valid], [1, 2])
    func depthwiseConvolutions(padding: Window.Padding, multiplier: Int) throws {
        for isZero in [false, true] {
            let net = Net()
            let x = net.input(6, 6, 3)
            let a = try net.function(
                "relu", net.convolution(x, 3, 5, columns: [1], bias: { isZero ? -abs($0) : abs($0) + 0.5 }))
            let window = Window(size: [3, 3], strides: [1, 1], padding: padding)
            let rule = DepthwiseConvolution(window: window, multiplier: multiplier, channels: .last, hasBias: true)
            // Channel 3 has no weights.
            let b = try net.push(
                .depthwiseConvolution(rule), [a],
                [net.kernel([3, 3, 5, multiplier], rows: [3]), net.parameter([5 * multiplier]) { abs($0) + 0.1 }])
            let rows = Set((0..<multiplier).map { 4 * multiplier + $0 })
            let y = try net.convolution(b, 5 * multiplier, 4, size: 1, rows: rows)
            let removed = try expectSame(net, [y])
            let isFolded = isZero || padding == .valid
            #expect(removed["layer0"] == [isFolded ? 1 : 0, 2, 0])
            #expect(removed["layer4"] == [0, 0, (isFolded ? 3 : 2) * multiplier])
        }
    }

    @Test func transposedConvolutions() throws {
        let net = Net()
        let x = net.input(4, 4, 3)
        let a = try net.function("relu", net.convolution(x, 3, 5, columns: [1], bias: { -abs($0) }))
        let window = Window(size: [3, 3], strides: [2, 2], padding: .same)
        let rule = TransposedConvolution(window: window, filters: 4, channels: .last, hasBias: true)
        let b = try net.push(
            .transposedConvolution(rule), [a],
            [net.kernel([3, 3, 4, 5], rows: [2], columns: [0]), net.parameter([4])])
        let y = try net.convolution(b, 4, 3, size: 1)
        #expect(
            try expectSame(net, [y]) == ["layer0": [1, 1, 0], "layer2": [1, 0, 2], "layer4": [0, 0, 1]])
    }

    /// Pooling, padding, cropping, resampling, reductions and flattening leave channels what they are.
    @Test(arguments: 0..<9)
    func arrangements(kind: Int) throws {
        let net = Net()
        let x = net.input(6, 6, 3)
        let a = try net.function("relu", net.convolution(x, 3, 6, columns: [1, 4], bias: { abs($0) + 1 }))
        let window = Window(size: [2, 2], strides: [2, 2], padding: .same)
        let rules: [Primitive] = [
            .pooling(Pooling(.maximum, window: window, channels: .last)),
            .pooling(Pooling(.average, window: window, channels: .last)),
            .cropping(Cropping(before: [1, 0], after: [0, 1], channels: .last)),
            .resampling(Resampling([.factor(2), .factor(2)], interpolation: .nearest, channels: .last)),
            .reduction(Reduction(.average, axes: [0, 1], keepsAxes: false)),
            .reduction(Reduction(.maximum, axes: [0, 1], keepsAxes: true)),
            .reshape(Reshape([-1])), .reshape(Reshape([12, 18])), .reversal(Reversal(axis: 0)),
        ]
        let b = try net.push(rules[kind], [a])
        let extents = net.program[b].extents!.map { $0! }
        let y = try net.dense(b, extents.last!, 3, rows: Set(stride(from: 0, to: extents.last!, by: 6)))
        let removed = try expectSame(net, [y])
        #expect(removed["layer0"] == [2, 1, 0])
        #expect(removed["layer2"] == [0, 0, extents.last! / 2])
    }

    /// Zeros put around what is not zero make edges.
    @Test(arguments: [0.0, 1.5])
    func paddings(value: Double) throws {
        let net = Net()
        let x = net.input(5, 5, 3)
        let a = try net.function("relu", net.convolution(x, 3, 6, columns: [1], bias: { -abs($0) }))
        let b = try net.push(.padding(Padding(before: [1, 1], after: [1, 1], channels: .last, value: value)), [a])
        let y = try net.convolution(b, 6, 3, padding: .valid, rows: [2])
        #expect(try expectSame(net, [y])["layer0"] == [value == 0 ? 1 : 0, 1, 0])
    }

    // MARK: Several inputs, outputs, readers

    @Test func residualSums() throws {
        let net = Net()
        let x = net.input(6, 6, 4)
        let a = try net.convolution(x, 4, 6, columns: [0, 1, 2], bias: { -abs($0) })
        let b = try net.convolution(net.function("relu", a), 6, 6, columns: [1, 2, 3])
        let sum = try net.push(.elementwise(Elementwise(.add)), [a, b])
        let y = try net.convolution(net.function("relu", sum), 6, 3, size: 1, rows: [5])
        // Channels 1 and 2 are constant in both; 0 in one; 5 is unread in the sum, but not in its first term.
        #expect(
            try expectSame(net, [y]) == ["layer0": [2, 0, 0], "layer2": [2, 0, 2], "layer4": [0, 0, 2]])
        let z = try net.convolution(net.function("relu", sum), 6, 3, size: 1)
        try expectSame(net, [y, z])
        try expectSame(net, [y, sum])
    }

    @Test(arguments: [Elementwise.Kind.add, .subtract, .multiply, .average, .maximum, .minimum, .addScaled(0.5)])
    func combinations(kind: Elementwise.Kind) throws {
        let net = Net()
        let x = net.input(4)
        let a = try net.dense(x, 4, 6, columns: [0, 1], bias: { abs($0) + 1 })
        let b = try net.dense(x, 4, 6, columns: [1, 2])
        let y = try net.dense(net.push(.elementwise(Elementwise(kind)), [a, b]), 6, 2, rows: [5])
        #expect(
            try expectSame(net, [y])
                == ["layer0": [1, 1, 0], "layer2": [1, 1, 0], "layer4": [0, 0, 2]])
    }

    /// A gate of zero; and one that is the same for all channels.
    @Test func gates() throws {
        let net = Net()
        let x = net.input(4, 4, 3)
        let a = try net.function("relu", net.convolution(x, 3, 6, columns: [2], bias: { -abs($0) }))
        let mean = try net.push(.reduction(Reduction(.average, axes: [0, 1], keepsAxes: true)), [a])
        let gate = try net.function("sigmoid", net.convolution(mean, 6, 6, size: 1))
        let map = try net.function("sigmoid", net.convolution(a, 6, 1, size: 1))
        let gated = try net.push(.elementwise(Elementwise(.multiply)), [a, gate])
        let both = try net.push(.elementwise(Elementwise(.multiply)), [gated, map])
        let y = try net.convolution(both, 6, 2)
        let removed = try expectSame(net, [y])
        #expect(removed["layer0"] == [1, 0, 0] && removed["layer2"] == [0, 1, 1])
    }

    @Test func concatenations() throws {
        let net = Net()
        let x = net.input(5, 5, 3)
        let a = try net.convolution(x, 3, 4, columns: [0, 3])
        let b = try net.convolution(x, 3, 5, columns: [1])
        let joined = try net.push(.concatenation(Concatenation(axis: 2)), [a, b])
        let y = try net.convolution(joined, 9, 3, padding: .valid, rows: [6])
        #expect(
            try expectSame(net, [y]) == ["layer0": [2, 0, 0], "layer2": [1, 1, 0], "layer4": [0, 0, 4]])
        let c = try net.convolution(x, 3, 4, columns: [0, 1], bias: { $0 * 0 + 1 })
        let d = try net.convolution(x, 3, 4, columns: [0, 1], bias: { $0 * 0 + 1 })
        let stacked = try net.push(.concatenation(Concatenation(axis: 0)), [c, d])
        try expectSame(net, [net.convolution(stacked, 4, 3, padding: .valid)])
    }

    /// One kernel that is cut in two ways.
    @Test func sharedLayers() throws {
        let net = Net()
        let (x, y) = (net.input(4), net.input(4))
        let a = try net.dense(x, 4, 5, columns: [0])
        let b = try net.dense(y, 4, 5, columns: [1])
        let rule = Primitive.contraction(Contraction(lastOf: 1, inputs: 5, units: 4, hasBias: true))
        let weights = [net.kernel([5, 4]), net.parameter([4])]
        let (c, d) = (try net.push(rule, [a], weights), try net.push(rule, [b], weights))
        let outputs = [try net.dense(c, 4, 2, rows: [2]), try net.dense(d, 4, 2)]
        #expect(try expectSame(net, outputs)["layer4"] == [0, 1, 1, 0, 0, 1])
    }

    @Test func outputsStayWhole() throws {
        let net = Net()
        let x = net.input(4)
        let a = try net.dense(x, 4, 6, columns: [0, 1])
        let y = try net.dense(a, 6, 3, rows: [4], bias: nil)
        #expect(try expectSame(net, [a, y]).isEmpty)
    }

    // MARK: What is not followed

    @Test(arguments: 0..<5)
    func barriers(kind: Int) throws {
        let net = Net()
        let x = net.input(4, 6)
        let a = try net.dense(x, 6, 6, columns: [0, 1])
        let b: ValueID
        switch kind {
        case 0: b = try net.push(.activation(Activation("softmax")), [a])
        case 1: b = try net.push(.transpose(Transpose([1, 0])), [a])
        case 2:
            let rule = Standardisation(axes: [1], hasScale: false, hasShift: false, epsilon: 1e-3)
            b = try net.push(.standardisation(rule), [a])
        case 3: b = try net.push(.slicing(Slicing(axis: 1, start: 1, count: 4)), [a])
        default:
            let rule = Convolution(
                window: Window(size: [3], strides: [1], padding: .same), filters: 6, groups: 2, channels: .last,
                hasBias: false)
            b = try net.push(.convolution(rule), [a], [net.kernel([3, 3, 6])])
        }
        let last = net.program[b].extents!.last!!
        #expect(try expectSame(net, [net.dense(b, last, 2)]).isEmpty)
    }

    @Test func channelsFirst() throws {
        let net = Net()
        let x = net.input(3, 6, 6)
        let window = Window(size: [3, 3], strides: [1, 1], padding: .valid)
        let rule = Primitive.convolution(Convolution(window: window, filters: 4, channels: .first, hasBias: true))
        let a = try net.push(rule, [x], [net.kernel([3, 3, 3, 4], columns: [1]), net.parameter([4])])
        let y = try net.push(rule, [a], [net.kernel([3, 3, 4, 4]), net.parameter([4])])
        #expect(try expectSame(net, [y]).isEmpty)
    }

    /// What is not finite does not vanish where it meets a zero.
    @Test(arguments: [Double.nan, .infinity])
    func infinities(value: Double) throws {
        for place in 0..<3 {
            let net = Net()
            let x = net.input(4)
            let all = { (number: Double) in number }
            // An unread channel with such a bias, a constant one, and a constant zero that meets such a weight.
            let bias = place == 2 ? { $0 * 0 } : position(place == 0 ? 3 : 0, value, all)
            let a = try net.dense(x, 4, 4, columns: place == 0 ? [] : [0], bias: bias)
            let kernel =
                place == 2
                ? net.parameter([4, 3], position(0, value, all)) : net.kernel([4, 3], rows: place == 0 ? [3] : [])
            let y = try net.push(
                .contraction(Contraction(lastOf: 1, inputs: 4, units: 3, hasBias: false)), [a], [kernel])
            let network = net.network([y])
            let runner = NetworkRunner<Float>(network, parameters: net.source, threads: 1, kernels: .dense)
            #expect(try runner.removals().isEmpty)
            let found = try runner.run(randomInputs(network, rows: 2).map(tensor))
            let wanted = try Reference(network, net.source.values).run(randomInputs(network, rows: 2))
            #expect(gap(found[0].values, wanted[0].numbers) < 1e-5)
        }
    }

    private func position(
        _ place: Int, _ value: Double, _ body: @escaping (Double) -> Double
    ) -> (Double) -> Double {
        var next = -1
        return { number in
            next += 1
            return next == place ? value : body(number)
        }
    }

    /// Weights without zeros, or with scattered ones: the same bits as ever.
    @Test(arguments: [1, 3])
    func nothingToLeaveOut(share: Int) throws {
        let net = Net()
        let x = net.input(20)
        let y = try net.dense(net.function("relu", net.dense(x, 20, 30)), 30, 20)
        let network = net.network([y])
        let source = net.source.keeping(oneIn: share)
        for policy in [KernelPolicy.dense, .sparse] {
            let runs = try [false, true].map { isReduced in
                let runner = NetworkRunner<Float>(
                    network, parameters: source, threads: 1, kernels: policy, maximumBytes: nil, isReduced: isReduced)
                if isReduced { #expect(try runner.removals().isEmpty) }
                return try bits(runner.run(randomInputs(network, rows: 5).map(tensor)))
            }
            #expect(runs[0] == runs[1])
        }
    }
}
