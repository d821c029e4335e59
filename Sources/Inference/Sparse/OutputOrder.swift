internal import Tensors

/// Sorts the non-zeros of a parameter, which lie input by input, by block and output: a counting sort, in parts that
/// several threads do at once. The result does not depend on the number of parts.
struct OutputOrder {
    /// Where the non-zeros of each output of each block begin, and where the last ones end.
    let starts: [UInt32]

    private let elements: SparseElements
    private let layout: SparseLayout
    private let parts: [Range<Int>]
    /// By part, where its first non-zero of each output goes.
    private let cursors: [[UInt32]]
    /// By input, the place of its block's first output among the starts.
    private let bases: [Int]

    init(_ elements: SparseElements, _ layout: SparseLayout, parts count: Int) {
        self.elements = elements
        self.layout = layout
        let outputs = layout.outputs
        let parts = (0..<count).map { elements.count * $0 / count..<elements.count * ($0 + 1) / count }
        self.parts = parts
        let (rows, channels) = (layout.blocks * outputs, layout.channels / layout.groups)
        let bases = (0..<layout.taps * channels).map { $0 % channels / layout.blockChannels * outputs }
        self.bases = bases
        let counts = Self.inParallel(count) { part in
            var counts = [UInt32](repeating: 0, count: rows)
            Self.walk(elements.positions, parts[part], outputs) { _, input, output in
                counts[bases[input] + output] += 1
            }
            return counts
        }
        var cursors = counts
        var starts: [UInt32] = []
        var next: UInt32 = 0
        for row in 0..<rows {
            starts.append(next)
            for part in 0..<count {
                cursors[part][row] = next
                next += counts[part][row]
            }
        }
        self.starts = starts + [next]
        self.cursors = cursors
    }

    /// Writes values and input numbers, block by block and output by output.
    func place<Column: FixedWidthInteger & Sendable>(
        _ values: UnsafeMutablePointer<Float>, _ columns: UnsafeMutablePointer<Column>
    ) {
        let (values, columns) = (Shared(values), Shared(columns))
        let (outputs, channels, elements) = (layout.outputs, layout.channels, elements)
        let (parts, cursors, bases) = (parts, cursors, bases)
        let outputsPerGroup = outputs / layout.groups
        let channelsPerGroup = channels / layout.groups
        let isGrouped = layout.groups > 1
        _ = Self.inParallel(parts.count) { part in
            var cursor = cursors[part]
            let source = elements.values
            Self.walk(elements.positions, parts[part], outputs) { index, input, output in
                let row = bases[input] + output
                let place = Int(cursor[row])
                cursor[row] += 1
                values.pointer[place] = source[index]
                let column =
                    isGrouped
                    ? input / channelsPerGroup * channels + output / outputsPerGroup * channelsPerGroup
                        + input % channelsPerGroup
                    : input
                columns.pointer[place] = Column(truncatingIfNeeded: column)
            }
        }
    }

    /// Calls `body` with index, input and output of each element in a range.
    @inline(__always)
    private static func walk(
        _ positions: UnsafeMutableBufferPointer<UInt32>, _ range: Range<Int>, _ outputs: Int,
        _ body: (_ index: Int, _ input: Int, _ output: Int) -> Void
    ) {
        guard let first = range.first else { return }
        var input = Int(positions[first]) / outputs
        var base = input * outputs
        for index in range {
            let position = Int(positions[index])
            while position - base >= outputs {
                // A long gap, which a very sparse matrix has, is crossed at once.
                if position - base >= 8 * outputs { input = position / outputs } else { input += 1 }
                base = input * outputs
            }
            body(index, input, position - base)
        }
    }

    private static func inParallel<Result: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (Int) -> Result
    ) -> [Result] {
        var results: [Result] = []
        try! Parallel.ordered(count, threads: count, produce: { body($0) }, consume: { results.append($1) })
        return results
    }
}
