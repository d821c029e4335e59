import CSparseKernels

/// A matrix in CSR between pages that cannot be touched, and what products with it are by plain loops in double precision.
final class GuardedMatrix {
    let rows: [[(column: Int, value: Float)]]
    let bias: [Float]
    private let starts: Guarded<UInt32>
    private let values: GuardedFloats
    private let narrow: Guarded<UInt16>
    private let wide: Guarded<UInt32>
    private let biases: GuardedFloats
    private let isNarrow: Bool

    /// Non-zeros of the rows of `scattered`: none, one, odd and even numbers, about as many as there are chains, all.
    static let lengths = [0, 1, 2, 3, 7, 8, 9, 0, 16, 17, 23]

    init(_ rows: [[(column: Int, value: Float)]], isNarrow: Bool, atEnd: Bool) {
        self.rows = rows
        self.isNarrow = isNarrow
        var numbers = SplitMix64(99)
        bias = rows.map { _ in Float(numbers.number()) }
        let places = rows.reduce(into: [0]) { $0.append($0.last! + $1.count) }
        let columns = rows.joined().map(\.column)
        starts = Guarded(places.map(UInt32.init), atEnd: atEnd)
        values = Guarded(rows.joined().map(\.value), atEnd: atEnd)
        narrow = Guarded(isNarrow ? columns.map(UInt16.init) : [], atEnd: atEnd)
        wide = Guarded(isNarrow ? [] : columns.map(UInt32.init), atEnd: atEnd)
        biases = Guarded(bias, atEnd: atEnd)
    }

    /// Rows of `lengths`, their columns at random among `depth` that are `pitch` apart.
    static func scattered(depth: Int = 23, pitch: Int = 1, isNarrow: Bool, atEnd: Bool) -> GuardedMatrix {
        var generator = SplitMix64(UInt64(depth))
        let rows = lengths.map { length in
            Array(0..<depth).shuffled(using: &generator).prefix(length).sorted().map { column in
                (column: column * pitch, value: Float(generator.number()))
            }
        }
        return GuardedMatrix(rows, isNarrow: isNarrow, atEnd: atEnd)
    }

    /// Calls `body` with the matrix and what follows a sum, as the kernels take them.
    func with(
        _ end: Ending, _ body: (UnsafePointer<sk_matrix>, UnsafePointer<sk_finish>) -> Void
    ) {
        var matrix = sk_matrix(
            starts: starts.base, values: values.base, narrow: isNarrow ? narrow.base : nil,
            wide: isNarrow ? nil : wide.base)
        var finish = sk_finish(
            bias: end.hasBias ? biases.base : nil, low: end.low, high: end.high, carries: end.carries ? 1 : 0)
        body(&matrix, &finish)
    }

    /// What follows a sum.
    struct Ending {
        var hasBias: Bool
        var low = -Float.infinity
        var high = Float.infinity
        /// Whether the sum begins with what is there.
        var carries = false

        static let all = [
            Ending(hasBias: false), Ending(hasBias: true), Ending(hasBias: true, low: 0),
            Ending(hasBias: false, low: -0.5, high: 0.75),
        ]
    }

    /// The result for a row and the vector whose elements `x` gives by column number.
    func wanted(_ row: Int, _ end: Ending, _ x: (Int) -> Float) -> Double { wanted(row, rows[row], end, x) }

    /// The same with other non-zeros.
    func wanted(
        _ row: Int, _ items: [(column: Int, value: Float)], _ end: Ending, _ x: (Int) -> Float
    ) -> Double {
        let sum = items.reduce(end.hasBias ? Double(bias[row]) : 0) { $0 + Double($1.value) * Double(x($1.column)) }
        return sum < Double(end.low) ? Double(end.low) : sum > Double(end.high) ? Double(end.high) : sum
    }
}
