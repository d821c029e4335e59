internal import ModelIO
internal import SPMFormat
internal import SparseCoding
internal import Tensors

/// A sparse matrix in compressed sparse rows: the non-zeros of row r are those from `rowStarts[r]` up to, not
/// including, `rowStarts[r + 1]`, with ascending columns.
public struct SparseMatrix: Sendable {
    public let rowCount: Int
    public let columnCount: Int
    /// One more than there are rows.
    public let rowStarts: [Int]
    public let columns: [Int32]
    public let values: [Float]

    public var nonzeros: Int { values.count }

    public init(rowCount: Int, columnCount: Int, rowStarts: [Int], columns: [Int32], values: [Float]) {
        self.rowCount = rowCount
        self.columnCount = columnCount
        self.rowStarts = rowStarts
        self.columns = columns
        self.values = values
    }

    /// The transpose, by counting: as fast as memory allows, with nothing sorted. Keras stores most kernels input-major,
    /// and a product wants them by output.
    public func transposed() -> SparseMatrix {
        var starts = [Int](repeating: 0, count: columnCount + 1)
        for column in columns { starts[Int(column) + 1] += 1 }
        for column in 0..<columnCount { starts[column + 1] += starts[column] }
        var next = starts
        var rows = [Int32](repeating: 0, count: nonzeros)
        var moved = [Float](repeating: 0, count: nonzeros)
        next.withUnsafeMutableBufferPointer { next in
            rows.withUnsafeMutableBufferPointer { rows in
                moved.withUnsafeMutableBufferPointer { moved in
                    for row in 0..<rowCount {
                        for position in rowStarts[row]..<rowStarts[row + 1] {
                            let column = Int(columns[position])
                            let place = next[column]
                            next[column] = place + 1
                            rows[place] = Int32(truncatingIfNeeded: row)
                            moved[place] = values[position]
                        }
                    }
                }
            }
        }
        return SparseMatrix(
            rowCount: columnCount, columnCount: rowCount, rowStarts: starts, columns: rows, values: moved)
    }
}

extension SparseMatrix {
    /// Decodes a float32 tensor; chunks on several threads, each to its own place.
    init(_ reader: SPMReader, _ index: Int, threads: Int) throws {
        let info = reader.tensors[index]
        let columnCount = info.shape.dimensions.last ?? 1
        let rowCount = columnCount == 0 ? 0 : info.elementCount / columnCount
        guard columnCount <= Int(Int32.max) else {
            throw SparsifyError(
                .limit, "The matrix has \(columnCount) columns, more than 32 bits count.", tensor: info.name)
        }
        let total = reader.nonzeros(index)
        let places = reader.chunkPlaces(index)
        let columns = RawBuffer(byteCount: total * 4)
        let values = RawBuffer(byteCount: total * 4)
        let starts = RawBuffer(byteCount: (rowCount + 1) * 8)
        starts.bytes.storeBytes(of: total, toByteOffset: rowCount * 8, as: Int.self)
        try Parallel.forEach(reader.chunkCount(index), threads: threads) { chunk in
            let range = reader.chunkElements(index, chunk)
            try reader.withNonzeros(index, chunk: chunk) { nonzeros in
                if let source = nonzeros.values.baseAddress {
                    (values.bytes.baseAddress! + places[chunk] * 4).copyMemory(
                        from: source, byteCount: nonzeros.values.count)
                }
                RowWalk(range: range, columnCount: columnCount, place: places[chunk]).run(
                    nonzeros.positions, columns: columns.bytes.bindMemory(to: Int32.self),
                    rowStarts: starts.bytes.bindMemory(to: Int.self))
            }
        }
        self.init(
            rowCount: rowCount, columnCount: columnCount,
            rowStarts: Array(starts.bytes.bindMemory(to: Int.self)[...rowCount]),
            columns: Array(columns.bytes.bindMemory(to: Int32.self)[..<total]),
            values: Array(values.bytes.bindMemory(to: Float.self)[..<total]))
    }
}

/// Turns the positions of one chunk into columns, and notes where the rows that begin in it begin.
private struct RowWalk {
    var range: Range<Int>
    var columnCount: Int
    /// Where the chunk's first non-zero goes among those of the matrix.
    var place: Int

    func run(
        _ positions: UnsafeBufferPointer<UInt32>, columns: UnsafeMutableBufferPointer<Int32>,
        rowStarts: UnsafeMutableBufferPointer<Int>
    ) {
        var place = place
        var row = (range.lowerBound + columnCount - 1) / columnCount
        var next = row * columnCount
        for position in positions {
            let element = range.lowerBound + Int(position)
            while element >= next {
                rowStarts[row] = place
                row += 1
                next += columnCount
            }
            columns[place] = Int32(truncatingIfNeeded: element - next + columnCount)
            place += 1
        }
        while next < range.upperBound {
            rowStarts[row] = place
            row += 1
            next += columnCount
        }
    }
}
