import Tensors
import Testing

@testable import LinearAlgebra

@Suite struct MatrixTests {
    private static func numbers(_ count: Int, seed: UInt64) -> [Double] {
        var generator = SplitMix64(seed: seed)
        return (0..<count).map { _ in generator.unit() - 0.5 }
    }

    @Test(arguments: 0..<8)
    func products(choice: Int) {
        let (aIsTransposed, bIsTransposed, adds) = (choice & 1 != 0, choice & 2 != 0, choice & 4 != 0)
        for (rows, columns, depth) in [(1, 5, 7), (4, 1, 3), (3, 6, 1), (9, 8, 13), (2, 3, 0)] {
            let a = Self.numbers(rows * depth, seed: 1)
            let b = Self.numbers(depth * columns, seed: 2)
            var c = Self.numbers(rows * columns, seed: 3)
            var wanted = adds ? c : c.map { _ in 0 }
            for row in 0..<rows {
                for column in 0..<columns {
                    for term in 0..<depth {
                        wanted[row * columns + column] +=
                            a[aIsTransposed ? term * rows + row : row * depth + term]
                            * b[bIsTransposed ? column * depth + term : term * columns + column]
                    }
                }
            }
            let product = MatrixProduct(
                rows: rows, columns: columns, depth: depth, aIsTransposed: aIsTransposed, bIsTransposed: bIsTransposed,
                adds: adds)
            var single = c.map { Float($0) }
            Double.multiply(product, a + [0], b + [0], &c)
            Float.multiply(product, a.map { Float($0) } + [0], b.map { Float($0) } + [0], &single)
            for index in wanted.indices {
                #expect(abs(c[index] - wanted[index]) < 1e-13)
                #expect(abs(Double(single[index]) - wanted[index]) < 1e-5)
            }
        }
    }

    private static func positiveDefinite(_ order: Int) -> SymmetricMatrix {
        var matrix = SymmetricMatrix(order: order)
        numbers(3 * order * order, seed: 4).withUnsafeBufferPointer { matrix.addOuterProducts($0) }
        matrix.addToDiagonal(0.1)
        return matrix
    }

    @Test(arguments: [1, 2, 7, 40, 67])
    func cholesky(order: Int) throws {
        let matrix = Self.positiveDefinite(order)
        let factor = try #require(matrix.cholesky())
        let inverse = factor.inverse()
        for (one, other) in zip(factor.inverseDiagonal(), inverse.diagonal) { #expect(abs(one - other) < 1e-9) }
        let right = Self.numbers(2 * order, seed: 5)
        let solved = factor.solve(right)
        for row in 0..<order {
            for column in 0..<order {
                var (square, unit) = (0.0, 0.0)
                for term in 0..<order {
                    square += factor.elements[row * order + term] * factor.elements[column * order + term]
                    unit += matrix[row, term] * inverse[term, column]
                }
                #expect(abs(square - matrix[row, column]) < 1e-10)
                #expect(abs(unit - (row == column ? 1 : 0)) < 1e-9)
            }
            for side in 0..<2 {
                let image = (0..<order).reduce(0.0) { $0 + matrix[row, $1] * solved[side * order + $1] }
                #expect(abs(image - right[side * order + row]) < 1e-9)
            }
        }
    }

    /// Never replaced by something that works: damped up to a limit, then refused.
    @Test func indefiniteMatricesAreRefused() throws {
        let matrix = SymmetricMatrix(order: 2, elements: [1, 2, 2, 1])
        #expect(matrix.cholesky() == nil)
        #expect(SymmetricMatrix(order: 1, elements: [.nan]).cholesky() == nil)
        #expect(throws: SparsifyError.self) { try matrix.damped(0.01, attempts: 1, what: "The Hessian") }
        let damped = try matrix.damped(0.2, attempts: 2, what: "The Hessian")
        #expect(abs(damped.damping - 2) < 1e-12)
    }

    @Test func conjugateGradientsSolve() throws {
        let order = 30
        let matrix = Self.positiveDefinite(order)
        let right = Self.numbers(order, seed: 6).map { Float($0) }
        let found = try ConjugateGradients(tolerance: 1e-5, maximumIterations: 200).solve(
            right, diagonal: matrix.diagonal.map { Float($0) }
        ) { vector in
            (0..<order).map { row in
                Float((0..<order).reduce(0.0) { $0 + matrix[row, $1] * Double(vector[$1]) })
            }
        }
        let wanted = try #require(matrix.cholesky()).solve(right.map(Double.init))
        #expect(found.residual <= 1e-5)
        for index in 0..<order {
            #expect(abs(Double(found.values[index]) - wanted[index]) < 1e-2 * max(1, abs(wanted[index])))
        }
        var patient = ConjugateGradients(tolerance: 1e-5, maximumIterations: 9)
        patient.stopsAtRounding = true
        let stopped = try patient.solve([1, 1], diagonal: [1, 1]) { $0.map { -$0 } }
        #expect(stopped.isRounded && stopped.values == [0, 0])
        #expect(throws: SparsifyError.self) {
            try ConjugateGradients(tolerance: 1e-5, maximumIterations: 9).solve(
                [1, 1], diagonal: [1, 1]
            ) { $0.map { -$0 } }
        }
    }

    @Test(arguments: [2, 25, 60])
    func lanczosFindsTheExtremes(order: Int) throws {
        let diagonal = (0..<order).map { $0 == 0 ? -3.0 : $0 == order - 1 ? 50 : Double($0) / Double(order) }
        let found = try Lanczos(iterations: 40).extremes(start: Self.numbers(order, seed: 7)) { vector in
            zip(vector, diagonal).map { $0 * $1 }
        }
        #expect(abs(found.smallest + 3) < 1e-8 && abs(found.largest - 50) < 1e-8)
        #expect(found.smallestError < 1e-6 && found.largestError < 1e-6)
    }
}
