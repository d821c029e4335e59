import Testing

@testable import Inference

/// The linear algebra library itself: some of its builds compute wrong results on some processors.
@Suite struct LibraryTests {
    private func check<T: Scalar>(_: T.Type, _ tolerance: Double) {
        for (rows, columns, depth) in [
            (1, 1, 1), (1, 17, 64), (1, 130, 33), (2, 9, 7), (8, 8, 8), (16, 48, 31), (33, 65, 129), (64, 64, 64),
            (97, 5, 300),
        ] {
            for isTransposed in [false, true] {
                for adds in [false, true] {
                    var generator = SplitMix64(UInt64(rows + columns * 1000 + depth))
                    let a = generator.numbers(rows * depth)
                    let b = generator.numbers(depth * columns)
                    var wanted = generator.numbers(rows * columns)
                    var found = wanted.map { T($0) }
                    for row in 0..<rows {
                        for column in 0..<columns {
                            var sum = adds ? wanted[row * columns + column] : 0
                            for k in 0..<depth {
                                sum += a[row * depth + k] * b[isTransposed ? column * depth + k : k * columns + column]
                            }
                            wanted[row * columns + column] = sum
                        }
                    }
                    T.product(
                        rows: rows, columns: columns, depth: depth, a.map { T($0) }, aStride: depth, b.map { T($0) },
                        bStride: isTransposed ? depth : columns, bIsTransposed: isTransposed, &found, cStride: columns,
                        adds: adds)
                    #expect(gap(found, wanted) < tolerance, "\(rows) × \(depth) by \(depth) × \(columns)")
                }
            }
        }
    }

    @Test func single() { check(Float.self, 1e-5) }

    @Test func double() { check(Double.self, 1e-13) }

    /// Without products the sum is nothing, or what is there.
    @Test func noDepth() {
        var c: [Float] = [1, 2, 3, 4]
        Float.product(
            rows: 2, columns: 2, depth: 0, [0], aStride: 0, [0], bStride: 2, bIsTransposed: false, &c, cStride: 2,
            adds: true)
        #expect(c == [1, 2, 3, 4])
        Float.product(
            rows: 2, columns: 2, depth: 0, [0], aStride: 0, [0], bStride: 2, bIsTransposed: false, &c, cStride: 2,
            adds: false)
        #expect(c == [0, 0, 0, 0])
    }
}
