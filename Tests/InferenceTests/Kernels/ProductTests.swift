import Testing

@testable import Inference
@testable import Networks

/// Matrix products, their epilogues and Einstein sums against plain loops.
@Suite struct ProductTests {
    static let sizes: [(Int, Int, Int)] = [
        (1, 1, 1), (1, 7, 5), (2, 3, 4), (5, 1, 9), (17, 33, 3), (64, 64, 16), (65, 63, 1), (3, 130, 40), (130, 3, 40),
        (1, 200, 100), (129, 65, 9),
    ]

    /// Two matrices at random, and what is done with their product.
    private struct Example<T: Scalar> {
        var product: Product<T>
        var a, b: Storage<T>
        var count: Int
        private var element: (_ row: Int, _ column: Int) -> Double

        init(
            _ size: (rows: Int, columns: Int, depth: Int), isTransposed: Bool, scale: Double? = nil, hasBias: Bool,
            function: String? = nil, padding: Int = 0
        ) throws {
            let (rows, columns, depth) = size
            var generator = SplitMix64(UInt64(rows * 1_000_000 + columns * 1000 + depth))
            let (aStride, cStride) = (depth + padding, columns + padding)
            let bStride = (isTransposed ? depth : columns) + padding
            let left = generator.numbers(rows * aStride)
            let right = generator.numbers((isTransposed ? columns : depth) * bStride)
            let bias = generator.numbers(columns)
            let activation = function.map { Activation($0).canonical() }
            a = Storage(left.map { T($0) })
            b = Storage(right.map { T($0) })
            count = rows * cStride
            product = Product(
                rows: rows, columns: columns, depth: depth, aStride: aStride, bStride: bStride, cStride: cStride,
                bIsTransposed: isTransposed, scale: scale.map { T($0) },
                epilogue: Epilogue<T>(
                    width: columns, bias: hasBias ? Storage(bias.map { T($0) }) : nil,
                    function: try activation.map { try ElementFunction($0) }))
            element = { row, column in
                var sum = 0.0
                for k in 0..<depth {
                    sum += left[row * aStride + k] * right[isTransposed ? column * bStride + k : k * bStride + column]
                }
                sum = sum * (scale ?? 1) + (hasBias ? bias[column] : 0)
                return activation.map { Reference.function($0, sum) } ?? sum
            }
        }

        /// The product, and 77 where nothing is written.
        func run(threads: Int) -> [T] {
            let c = Storage([T](repeating: 77, count: count))
            product.run(a.base, b.base, c.base, Workers(threads: threads))
            return c.array
        }

        /// How far `found` is from plain loops over every `step`-th element.
        func gap(_ found: [T], step: Int = 1) -> Double {
            let places = Array(stride(from: 0, to: count, by: step))
            let wanted = places.map { place in
                let (row, column) = place.quotientAndRemainder(dividingBy: product.cStride)
                return column < product.columns ? element(row, column) : 77
            }
            return InferenceTests.gap(places.map { found[$0] }, wanted)
        }
    }

    @Test(arguments: sizes.indices, [false, true])
    func productsAreSums(size: Int, isTransposed: Bool) throws {
        for (scale, hasBias, function) in [
            (nil, false, nil), (nil, true, nil), (nil, true, "relu"), (nil, false, "relu6"), (0.25, true, "tanh"),
            (3, false, "silu"), (nil, true, "gelu"),
        ] as [(Double?, Bool, String?)] {
            func gap<T: Scalar>(_: T.Type, threads: Int) throws -> Double {
                let example = try Example<T>(
                    Self.sizes[size], isTransposed: isTransposed, scale: scale, hasBias: hasBias, function: function,
                    padding: isTransposed ? 0 : 5)
                return example.gap(example.run(threads: threads))
            }
            #expect(try gap(Float.self, threads: 1) < 1e-5)
            #expect(try gap(Double.self, threads: 2) < 1e-13)
        }
    }

    /// Sizes on both sides of tiles and of what the library takes for small; large enough for threads to share.
    @Test(arguments: [
        (128, 128, 64), (129, 64, 64), (65, 64, 128), (130, 129, 65), (193, 17, 100), (257, 1, 999), (300, 10, 77),
        (1, 1000, 257), (2, 999, 300), (3, 321, 500), (64, 257, 64), (63, 449, 33), (500, 33, 24), (7, 193, 384),
        (321, 5, 400), (2000, 3, 40),
    ])
    func threadsDoNotChangeABit(size: (Int, Int, Int)) throws {
        for isTransposed in [false, true] {
            let example = try Example<Float>(size, isTransposed: isTransposed, hasBias: size.0 % 2 == 0)
            let wanted = example.run(threads: 1)
            #expect(example.gap(wanted, step: 31) < 1e-4)
            for threads in [3, 4, 5, 8] {
                let isSame = example.run(threads: threads).map(\.bitPattern) == wanted.map(\.bitPattern)
                #expect(isSame, "\(size) transposed \(isTransposed) on \(threads) threads")
            }
        }
    }

    struct Sum: Sendable, CustomTestStringConvertible {
        var left: [Int]
        var right: [Int]
        var output: [Int]
        var leftExtents: [Int]
        var rightExtents: [Int]
        var scale: Double?
        var testDescription: String { "\(left),\(right)->\(output)" }
    }

    static let sums: [Sum] = [
        // Scores and what they weigh, for (steps, heads, size).
        Sum(
            left: [0, 1, 2], right: [3, 1, 2], output: [1, 0, 3], leftExtents: [4, 2, 5], rightExtents: [3, 2, 5],
            scale: 0.5),
        Sum(left: [1, 0, 3], right: [3, 1, 2], output: [0, 1, 2], leftExtents: [2, 4, 3], rightExtents: [3, 2, 5]),
        Sum(left: [0, 1], right: [2, 1], output: [0, 2], leftExtents: [4, 6], rightExtents: [5, 6]),
        Sum(left: [0, 1], right: [1, 2], output: [2, 0], leftExtents: [4, 6], rightExtents: [6, 5], scale: -2),
        Sum(left: [0], right: [1], output: [0, 1], leftExtents: [4], rightExtents: [3]),
        Sum(left: [0], right: [0], output: [], leftExtents: [7], rightExtents: [7]),
        Sum(left: [0, 1], right: [1, 0], output: [0, 1], leftExtents: [3, 4], rightExtents: [4, 3]),
        Sum(left: [0, 1, 2], right: [2, 0, 1], output: [], leftExtents: [2, 3, 4], rightExtents: [4, 2, 3]),
    ]

    @Test(arguments: sums)
    func sumsOfTwoValues(sum: Sum) throws {
        let net = Net()
        let (x, y) = (net.input(sum.leftExtents.map { $0 }), net.input(sum.rightExtents.map { $0 }))
        let product = ValueProduct(left: sum.left, right: sum.right, output: sum.output, scale: sum.scale)
        try expectAgreement(net, [try net.push(.valueProduct(product), [x, y])])
    }

    @Test(arguments: sums, [false, true])
    func sumsWithAParameter(sum: Sum, hasBias: Bool) throws {
        let net = Net()
        let x = net.input(sum.leftExtents.map { $0 })
        var weights = [net.parameter(sum.rightExtents)]
        let rule = Contraction(
            input: sum.left, kernel: sum.right, output: sum.output, kernelExtents: sum.rightExtents, hasBias: hasBias)
        let extents = zip(sum.left + sum.right, sum.leftExtents + sum.rightExtents)
        let output = sum.output.map { label in extents.first { $0.0 == label }!.1 }
        if hasBias {
            // Over the last axes of the output, the first of them repeated.
            let shape = output.suffix(2).enumerated().map { $0.offset == 0 && output.count > 1 ? 1 : $0.element }
            weights.append(net.parameter(shape))
        }
        try expectAgreement(net, [try net.push(.contraction(rule), [x], weights)])
    }

    @Test(arguments: [[5], [3, 5], [2, 3, 5]], [1, 4, 70])
    func denseLayers(extents: [Int], units: Int) throws {
        let net = Net()
        let x = net.input(extents.map { $0 })
        let weights = [net.parameter([5, units]), net.parameter([units])]
        let y = try net.push(
            .contraction(Contraction(lastOf: extents.count, inputs: 5, units: units, hasBias: true)), [x], weights)
        let z = try net.push(.activation(Activation("sigmoid")), [y])
        for rows in [1, 2, 33] { try expectAgreement(net, [z], rows: rows) }
    }
}
