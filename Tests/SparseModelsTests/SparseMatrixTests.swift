import Testing

@testable import SparseModels

/// Against the dense values, walked element by element.
@Suite struct SparseMatrixTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var shape: [Int]
        var keep: Double
        var testDescription: String { "\(shape) \(keep)" }
    }

    static let cases = [
        Case(shape: [1, 1], keep: 1), Case(shape: [7, 5], keep: 0.3), Case(shape: [5, 7], keep: 0),
        Case(shape: [64, 33], keep: 1), Case(shape: [3, 3, 4, 8], keep: 0.2), Case(shape: [100], keep: 0.5),
        Case(shape: [], keep: 1), Case(shape: [0, 4], keep: 1), Case(shape: [4, 0], keep: 1),
        Case(shape: [1000, 1], keep: 0.1), Case(shape: [1, 1000], keep: 0.1),
        // Several chunks, whose borders fall inside rows.
        Case(shape: [700, 301], keep: 0.9), Case(shape: [3, 100_000], keep: 0.6), Case(shape: [100_000, 3], keep: 0.6),
    ]

    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func naive(_ values: [Float], rows: Int, columns: Int) -> SparseMatrix {
        var (starts, places, kept): ([Int], [Int32], [Float]) = ([0], [], [])
        for row in 0..<rows {
            for column in 0..<columns where values[row * columns + column].bitPattern != 0 {
                places.append(Int32(column))
                kept.append(values[row * columns + column])
            }
            starts.append(kept.count)
        }
        return SparseMatrix(rowCount: rows, columnCount: columns, rowStarts: starts, columns: places, values: kept)
    }

    private func expectEqual(_ a: SparseMatrix, _ b: SparseMatrix) {
        #expect(a.rowCount == b.rowCount)
        #expect(a.columnCount == b.columnCount)
        #expect(a.nonzeros == b.nonzeros)
        // Long lists make long messages.
        let same = (
            a.rowStarts == b.rowStarts, a.columns == b.columns,
            a.values.map(\.bitPattern) == b.values.map(\.bitPattern)
        )
        #expect(same.0 && same.1 && same.2, "\(same)")
    }

    @Test(arguments: cases, [1, 4])
    func theMatrixIsTheDenseTensor(pruned: Case, threads: Int) throws {
        let count = pruned.shape.reduce(1, *)
        let values = sparseValues(count, keep: pruned.keep)
        var file = ModelFile()
        try file.add("before", [3], [1, 2, 3])
        try file.add("w", pruned.shape, values)
        try file.write(folder("model.spm"))
        let model = try SparseModel(contentsOf: folder("model.spm"), threads: threads)
        let columns = pruned.shape.last ?? 1
        let rows = columns == 0 ? 0 : count / columns
        let matrix = try model.matrix("w")
        expectEqual(matrix, naive(values, rows: rows, columns: columns))
        #expect(try model.dense("w").floats == values)

        var turned = [Float](repeating: 0, count: count)
        for row in 0..<rows {
            for column in 0..<columns { turned[column * rows + row] = values[row * columns + column] }
        }
        expectEqual(matrix.transposed(), naive(turned, rows: columns, columns: rows))
        expectEqual(matrix.transposed().transposed(), matrix)
    }

    @Test func negativeZeroAndNaNAreKept() throws {
        var file = ModelFile()
        try file.add("w", [2, 2], [-0.0, 0, .nan, -.infinity])
        try file.write(folder("model.spm"))
        let matrix = try SparseModel(contentsOf: folder("model.spm")).matrix("w")
        #expect(matrix.rowStarts == [0, 1, 3])
        #expect(matrix.columns == [0, 0, 1])
        #expect(matrix.values.map(\.bitPattern) == [Float(-0.0), .nan, -.infinity].map(\.bitPattern))
    }
}
