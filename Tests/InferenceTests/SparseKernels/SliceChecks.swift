import CProcessor
import CSparseKernels
import Testing

/// Products with matrices in slices, against plain loops between pages that cannot be touched.
enum SliceChecks {
    static func slices(isFinite: Bool, atEnd: Bool) {
        for depth in [23, 31, 32, 33, 48, 64, 65, 96, 130] {
            // Rows of one slice, of a whole one and a part of another.
            for copies in [1, 3] {
                let some = GuardedMatrix.scattered(depth: depth, isNarrow: true, atEnd: atEnd).rows
                let full = (0..<depth).map { (column: $0, value: Float($0) / 64 - 0.5) }
                let rows = Array(repeatElement(some + [full], count: copies).joined())
                check(rows, depth: depth, isFinite: isFinite, atEnd: atEnd)
            }
        }
        check([[(column: 0, value: 2)]], depth: 1, isFinite: isFinite, atEnd: atEnd)
        check(Array(repeating: [], count: 16), depth: 40, isFinite: isFinite, atEnd: atEnd)
    }

    private static func check(
        _ rows: [[(column: Int, value: Float)]], depth: Int, isFinite: Bool, atEnd: Bool
    ) {
        let matrix = GuardedMatrix(rows, isNarrow: true, atEnd: atEnd)
        let (slice, segment) = (Int(SK_SLICE), Int(SK_SEGMENT))
        var (counts, values, places) = ([UInt16](), [Float](), [UInt8]())
        for first in stride(from: 0, to: rows.count, by: slice) {
            for left in stride(from: 0, to: depth, by: segment) {
                let cells = (0..<slice).map { lane in
                    first + lane < rows.count
                        ? rows[first + lane].filter { (left..<left + segment).contains($0.column) } : []
                }
                let pairs = (cells.map(\.count).max()! + 1) / 2
                counts.append(UInt16(pairs))
                for line in 0..<2 * pairs {
                    for cell in cells {
                        values.append(line < cell.count ? cell[line].value : 0)
                        places.append(line < cell.count ? UInt8(128 + cell[line].column - left) : 0)
                    }
                }
            }
        }
        var generator = SplitMix64(UInt64(depth))
        var numbers = (0..<depth).map { _ in Float(generator.number()) }
        if !isFinite { (numbers[0], numbers[depth / 2], numbers[depth - 1]) = (.infinity, .nan, -.infinity) }
        let x = Guarded(numbers, atEnd: atEnd)
        let (guardedCounts, guardedValues) = (Guarded(counts, atEnd: atEnd), Guarded(values, atEnd: atEnd))
        let guardedPlaces = Guarded(places, atEnd: atEnd)
        var sliced = sk_sliced(
            rows: rows.count, columns: depth, counts: guardedCounts.base, values: guardedValues.base,
            places: guardedPlaces.base)
        for end in GuardedMatrix.Ending.all {
            let y = Guarded([Float](repeating: 12345, count: rows.count), atEnd: atEnd)
            matrix.with(end) { sk_slices(&sliced, x.base, y.base, $1) }
            let wanted = rows.indices.map { matrix.wanted($0, end) { numbers[$0] } }
            let isClose = gap(y.values, wanted) < 5e-6
            #expect(isClose, "\(rows.count) × \(depth), level \(processor_level())")
        }
    }
}
