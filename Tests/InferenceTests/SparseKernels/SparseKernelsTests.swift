import CProcessor
import CSparseKernels
import Foundation
import Testing

/// The sparse products in C at every level that this processor has. In processes of their own: the level is the whole
/// process's, and a touch of a page that is not theirs ends it.
@Suite struct SparseKernelsTests {
    @Test func vectors() async {
        await #expect(processExitsWith: .success) { SparseKernelsChecks.everywhere(SparseKernelsChecks.vectors) }
    }

    @Test func lists() async {
        await #expect(processExitsWith: .success) { SparseKernelsChecks.everywhere(SparseKernelsChecks.lists) }
    }

    @Test func columns() async {
        await #expect(processExitsWith: .success) { SparseKernelsChecks.everywhere(SparseKernelsChecks.columns) }
    }

    @Test func sumsThatAreCarriedOn() async {
        await #expect(processExitsWith: .success) { SparseKernelsChecks.everywhere(SparseKernelsChecks.carried) }
    }

    @Test func slices() async {
        await #expect(processExitsWith: .success) {
            SparseKernelsChecks.everywhere { isFinite, atEnd in SliceChecks.slices(isFinite: isFinite, atEnd: atEnd) }
        }
    }

    @Test func lanes() async {
        await #expect(processExitsWith: .success) { LaneChecks.everywhere() }
    }

    @Test func columnsThatOverlap() async {
        await #expect(processExitsWith: .success) { SparseKernelsChecks.everywhere(SparseKernelsChecks.overlaps) }
    }

    @Test func numbersThatAreNotFinite() async {
        await #expect(processExitsWith: .success) { SparseKernelsChecks.everywhere(SparseKernelsChecks.notFinite) }
    }

    @Test func splitsDoNotChangeABit() async {
        await #expect(processExitsWith: .success) { SparseKernelsChecks.everywhere(SparseKernelsChecks.splits) }
    }

    @Test func transposes() async {
        await #expect(processExitsWith: .success) { TransposeChecks.everywhere() }
    }

    /// A level that there is not is the nearest that there is.
    @Test func levels() async {
        await #expect(processExitsWith: .success) {
            #expect(processor_level() == processor_best_level())
            for (asked, wanted) in [(-1, 0), (0, 0), (Int32.max, processor_best_level())] {
                processor_set_level(asked)
                #expect(processor_level() == wanted)
            }
        }
    }

    /// The environment bounds the level; what it says that is no level, or no lower one, is nothing.
    @Test func theEnvironmentBoundsTheLevel() async {
        await #expect(processExitsWith: .success) {
            unsetenv("SPARSIFY_CPU_LEVEL")
            let best = processor_best_level()
            for (text, wanted) in [("0", 0), ("1", min(1, best)), ("9", best), ("", best), ("-1", best)] {
                setenv("SPARSIFY_CPU_LEVEL", text, 1)
                #expect(processor_best_level() == wanted, "'\(text)'")
            }
            setenv("SPARSIFY_CPU_LEVEL", "0", 1)
            #expect(processor_level() == 0)
        }
    }
}

/// What is checked, against plain loops between pages that cannot be touched.
enum SparseKernelsChecks {
    /// Numbers of columns: each kind of strip, whole and with a part of a vector, and several strips.
    static let counts = Array(1...70) + [100, 127, 128, 129, 200, 256]

    /// At every level, with buffers against either page, and column numbers of two bytes and four.
    static func everywhere(_ check: (_ isNarrow: Bool, _ atEnd: Bool) -> Void) {
        for level in 0...processor_best_level() {
            processor_set_level(level)
            for atEnd in [false, true] {
                for isNarrow in [false, true] { check(isNarrow, atEnd) }
            }
        }
    }

    private static func numbers(_ count: Int, _ seed: Int) -> [Float] {
        var generator = SplitMix64(UInt64(seed))
        return (0..<count).map { _ in Float(generator.number()) }
    }

    private static let untouched = Float(12345)

    /// Ranges of rows: all, none, and parts.
    private static func ranges(_ matrix: GuardedMatrix) -> [Range<Int>] {
        [0..<matrix.rows.count, 0..<0, 3..<8, 10..<11]
    }

    static func vectors(_ isNarrow: Bool, _ atEnd: Bool) {
        for depth in Array(1...70) + [200] {
            // Full rows of this many columns, and rows of which most are left out.
            let full = (0..<3).map { row in
                numbers(depth, row).enumerated().map { (column: $0.offset, value: $0.element) }
            }
            let matrices =
                [GuardedMatrix(full, isNarrow: isNarrow, atEnd: atEnd)]
                + ([23, 200].contains(depth) ? [.scattered(depth: depth, isNarrow: isNarrow, atEnd: atEnd)] : [])
            let x = Guarded(numbers(depth, depth), atEnd: atEnd)
            for matrix in matrices {
                for end in GuardedMatrix.Ending.all {
                    for range in matrix.rows.count > 3 ? ranges(matrix) : [0..<3] {
                        // Results lie at their rows' numbers, not from the first on.
                        let y = Guarded([Float](repeating: untouched, count: range.upperBound), atEnd: atEnd)
                        matrix.with(end) { sk_vector($0, range.lowerBound, range.upperBound, x.base, y.base, $1) }
                        let wanted = range.map { matrix.wanted($0, end) { x.base[$0] } }
                        #expect(gap(Array(y.values[range]), wanted) < 2e-6)
                        #expect(y.values[..<range.lowerBound].allSatisfy { $0 == untouched })
                    }
                }
            }
        }
    }

    /// The list of a matrix's non-zeros, in order and in another; rows of one, of many and of none.
    static func lists(_ isShuffled: Bool, _ atEnd: Bool) {
        let matrix = GuardedMatrix.scattered(isNarrow: false, atEnd: atEnd)
        var items = matrix.rows.enumerated().flatMap { row, items in items.map { (row: row, item: $0) } }
        var generator = SplitMix64(3)
        if isShuffled { items.shuffle(using: &generator) }
        let rows = Guarded(items.map { UInt16($0.row) }, atEnd: atEnd)
        let columns = Guarded(items.map { UInt16($0.item.column) }, atEnd: atEnd)
        let values = Guarded(items.map(\.item.value), atEnd: atEnd)
        for strange in [nil, Float.nan, .infinity] {
            var numbers = numbers(23, 5)
            if let strange { numbers[matrix.rows[4][3].column] = strange }
            let x = Guarded(numbers, atEnd: atEnd)
            for end in GuardedMatrix.Ending.all {
                for count in [items.count, 1, 0] {
                    let y = Guarded([Float](repeating: untouched, count: matrix.rows.count), atEnd: atEnd)
                    var list = sk_list(
                        rows: matrix.rows.count, count: count, values: values.base, row: rows.base,
                        column: columns.base)
                    matrix.with(end) { sk_scatter(&list, x.base, y.base, $1) }
                    let wanted = matrix.rows.indices.map { row in
                        let kept = items[..<count].filter { $0.row == row }.map(\.item)
                        return matrix.wanted(row, kept, end) { numbers[$0] }
                    }
                    #expect(gap(y.values, wanted) < 2e-6)
                }
            }
        }
    }

    /// Runs the kernel and expects of each place what the plain loops give, and between the rows what was there.
    private static func check(
        _ matrix: GuardedMatrix, _ range: Range<Int>, _ b: GuardedFloats, stride: Int, count: Int, yStride: Int,
        _ end: GuardedMatrix.Ending, _ atEnd: Bool
    ) {
        let length = range.isEmpty ? 0 : (range.count - 1) * yStride + count
        let y = Guarded([Float](repeating: untouched, count: length), atEnd: atEnd)
        matrix.with(end) {
            sk_columns($0, range.lowerBound, range.upperBound, b.base, stride, count, y.base, yStride, $1)
        }
        var wanted = [Double](repeating: Double(untouched), count: length)
        for row in range {
            for column in 0..<count {
                wanted[(row - range.lowerBound) * yStride + column] = matrix.wanted(row, end) {
                    b.base[$0 * stride + column]
                }
            }
        }
        let isClose = gap(y.values, wanted) < 2e-6
        #expect(isClose, "level \(processor_level()), \(count) columns \(stride) apart, rows \(range)")
    }

    static func columns(_ isNarrow: Bool, _ atEnd: Bool) {
        let matrix = GuardedMatrix.scattered(isNarrow: isNarrow, atEnd: atEnd)
        for (index, count) in counts.enumerated() {
            for gap in [0, 5] {
                let stride = count + gap
                let b = Guarded(numbers(22 * stride + count, count), atEnd: atEnd)
                let end = GuardedMatrix.Ending.all[(index + gap) % 4]
                check(matrix, 0..<matrix.rows.count, b, stride: stride, count: count, yStride: count, end, atEnd)
                check(matrix, 3..<8, b, stride: stride, count: count, yStride: count + gap, end, atEnd)
            }
        }
        let b = Guarded(numbers(23, 1), atEnd: atEnd)
        for range in [0..<0, 5..<5] {
            check(matrix, range, b, stride: 1, count: 1, yStride: 1, GuardedMatrix.Ending.all[1], atEnd)
        }
        // No columns: nothing is read or written.
        check(matrix, 0..<11, b, stride: 1, count: 0, yStride: 0, GuardedMatrix.Ending.all[1], atEnd)
    }

    /// A product in two parts, the second going on from the first, has the bits of the whole one.
    static func carried(_ isNarrow: Bool, _ atEnd: Bool) {
        let whole = GuardedMatrix.scattered(isNarrow: isNarrow, atEnd: atEnd)
        let parts = [whole.rows.map { $0.filter { $0.column < 11 } }, whole.rows.map { $0.filter { $0.column >= 11 } }]
            .map { GuardedMatrix($0, isNarrow: isNarrow, atEnd: atEnd) }
        let rows = whole.rows.count
        for (index, count) in counts.enumerated() {
            let end = GuardedMatrix.Ending.all[index % 4]
            let yStride = count + index % 3
            let b = Guarded(numbers(22 * count + count, count), atEnd: atEnd)
            let made = (0..<2).map { _ in
                Guarded([Float](repeating: untouched, count: (rows - 1) * yStride + count), atEnd: atEnd)
            }
            whole.with(end) { sk_columns($0, 0, rows, b.base, count, count, made[0].base, yStride, $1) }
            parts[0].with(GuardedMatrix.Ending(hasBias: end.hasBias)) {
                sk_columns($0, 0, rows, b.base, count, count, made[1].base, yStride, $1)
            }
            // The bias is not added again.
            var next = end
            next.carries = true
            parts[1].with(next) { sk_columns($0, 0, rows, b.base, count, count, made[1].base, yStride, $1) }
            let isSame = made[0].values.map(\.bitPattern) == made[1].values.map(\.bitPattern)
            #expect(isSame, "level \(processor_level()), \(count) columns")
        }
    }

    /// Column numbers are where a run begins, and the runs of neighbours share all but a few numbers.
    static func overlaps(_ isNarrow: Bool, _ atEnd: Bool) {
        for pitch in [1, 3] {
            let matrix = GuardedMatrix.scattered(pitch: pitch, isNarrow: isNarrow, atEnd: atEnd)
            for (index, count) in counts.enumerated() {
                let b = Guarded(numbers(22 * pitch + count, count), atEnd: atEnd)
                check(
                    matrix, 0..<matrix.rows.count, b, stride: 1, count: count, yStride: (count + 15) / 16 * 16,
                    GuardedMatrix.Ending.all[index % 4], atEnd)
            }
        }
    }

    /// What is not finite comes through where a weight meets it, and nowhere else; bounds leave not-a-number alone.
    static func notFinite(_ isNarrow: Bool, _ atEnd: Bool) {
        let matrix = GuardedMatrix.scattered(isNarrow: isNarrow, atEnd: atEnd)
        let met = Set(matrix.rows[4].map(\.column))
        for strange in [Float.nan, .infinity, -.infinity] {
            for end in GuardedMatrix.Ending.all {
                let column = met.sorted()[3]
                var x = numbers(23, 7)
                x[column] = strange
                let single = Guarded(x, atEnd: atEnd)
                let y = Guarded(matrix.bias, atEnd: atEnd)
                matrix.with(end) { sk_vector($0, 0, matrix.rows.count, single.base, y.base, $1) }
                for row in matrix.rows.indices {
                    let isMet = matrix.rows[row].contains { $0.column == column }
                    #expect(gap([y.base[row]], [matrix.wanted(row, end) { x[$0] }]) < 2e-6)
                    #expect(y.base[row].isNaN == (isMet && strange.isNaN))
                }
                for count in [1, 5, 16, 37, 130] {
                    for place in [0, count / 2, count - 1] {
                        var numbers = numbers(23 * count, count)
                        numbers[column * count + place] = strange
                        let b = Guarded(numbers, atEnd: atEnd)
                        check(
                            matrix, 0..<matrix.rows.count, b, stride: count, count: count, yStride: count, end, atEnd)
                    }
                }
            }
        }
    }

    /// A result has the same bits however rows and columns are shared among calls.
    static func splits(_ isNarrow: Bool, _ atEnd: Bool) {
        let matrix = GuardedMatrix.scattered(isNarrow: isNarrow, atEnd: atEnd)
        let rows = matrix.rows.count
        for (index, count) in [1, 3, 17, 64, 100, 129, 256].enumerated() {
            let end = GuardedMatrix.Ending.all[index % 4]
            let b = Guarded(numbers(23 * count, count), atEnd: atEnd)
            let whole = Guarded([Float](repeating: 0, count: rows * count), atEnd: atEnd)
            let parts = Guarded([Float](repeating: 1, count: rows * count), atEnd: atEnd)
            matrix.with(end) { sk_columns($0, 0, rows, b.base, count, count, whole.base, count, $1) }
            for (height, width) in [(1, count), (4, count), (rows, 1), (rows, 5), (3, 16), (2, 31), (rows, 100)] {
                for first in stride(from: 0, to: rows, by: height) {
                    for left in stride(from: 0, to: count, by: width) {
                        matrix.with(end) {
                            sk_columns(
                                $0, first, min(first + height, rows), b.base + left, count, min(width, count - left),
                                parts.base + first * count + left, count, $1)
                        }
                    }
                }
                #expect(parts.values.map(\.bitPattern) == whole.values.map(\.bitPattern), "\(height) × \(width)")
            }
            let x = Guarded(numbers(23, count), atEnd: atEnd)
            let (all, each) = (Guarded(matrix.bias, atEnd: atEnd), Guarded(matrix.bias, atEnd: atEnd))
            matrix.with(end) { matrix, finish in
                sk_vector(matrix, 0, rows, x.base, all.base, finish)
                for row in 0..<rows { sk_vector(matrix, row, row + 1, x.base, each.base, finish) }
            }
            #expect(all.values.map(\.bitPattern) == each.values.map(\.bitPattern))
        }
    }
}
