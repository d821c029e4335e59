internal import Tensors

/// A matrix of weights of which most are zero, in CSR: a row for each output, whose columns are the inputs, ascending.
/// Where there are blocks, each is such a matrix of a part of the inputs; they lie one after the other.
final class SparseWeights: @unchecked Sendable {
    let outputs: Int
    let depth: Int
    let blocks: Int
    /// The non-zeros of output `o` in block `b` are those from `starts[b * outputs + o]` up to the next start.
    let starts: Storage32
    /// By output, the non-zeros of those before it in all blocks, and of all.
    private let totals: Storage32
    let values: Storage<Float>
    let columns: Columns
    /// The same for a few rows that are taken one by one, once it was asked for; at most one of the two.
    private(set) var sliced: SlicedWeights?
    private(set) var scattered: ScatteredWeights?

    /// Input numbers in two bytes, where they fit, or in four.
    enum Columns {
        case narrow(UnsafeMutablePointer<UInt16>, RawBuffer)
        case wide(UnsafeMutablePointer<UInt32>, RawBuffer)
    }

    final class Storage32: @unchecked Sendable {
        private let buffer: RawBuffer
        init(_ values: [UInt32]) {
            buffer = RawBuffer(byteCount: values.count * 4)
            base.update(from: values, count: values.count)
        }
        var base: UnsafeMutablePointer<UInt32> { buffer.bytes.baseAddress!.assumingMemoryBound(to: UInt32.self) }
        subscript(index: Int) -> Int { Int(base[index]) }
    }

    var nonzeros: Int { values.count }

    init(_ elements: SparseElements, _ layout: SparseLayout, threads: Int) {
        outputs = layout.outputs
        depth = layout.depth
        blocks = layout.blocks
        let sorting = OutputOrder(elements, layout, parts: max(threads, 1))
        values = Storage(count: elements.count)
        starts = Storage32(sorting.starts)
        totals = Self.totals(starts, outputs: outputs, blocks: blocks)
        if depth <= 1 << 16 {
            let buffer = RawBuffer(byteCount: elements.count * 2)
            let base = buffer.bytes.baseAddress!.assumingMemoryBound(to: UInt16.self)
            sorting.place(values.base, base)
            columns = .narrow(base, buffer)
        } else {
            let buffer = RawBuffer(byteCount: elements.count * 4)
            let base = buffer.bytes.baseAddress!.assumingMemoryBound(to: UInt32.self)
            sorting.place(values.base, base)
            columns = .wide(base, buffer)
        }
    }

    /// A table as a matrix whose outputs are its rows: (rows, depth) as it lies.
    init(table elements: SparseElements, rows: Int, depth: Int) {
        outputs = rows
        self.depth = depth
        blocks = 1
        values = Storage(count: elements.count)
        values.base.update(from: elements.values.baseAddress!, count: elements.count)
        var starts: [UInt32] = []
        let buffer = RawBuffer(byteCount: elements.count * 4)
        let base = buffer.bytes.baseAddress!.assumingMemoryBound(to: UInt32.self)
        for (index, position) in elements.positions.enumerated() {
            let (row, column) = Int(position).quotientAndRemainder(dividingBy: depth)
            while starts.count <= row { starts.append(UInt32(index)) }
            base[index] = UInt32(column)
        }
        while starts.count <= rows { starts.append(UInt32(elements.count)) }
        self.starts = Storage32(starts)
        totals = self.starts
        columns = .wide(base, buffer)
    }

    private init(_ other: SparseWeights, columns: Columns) {
        (outputs, depth, blocks) = (other.outputs, other.depth, other.blocks)
        (starts, totals, values) = (other.starts, other.totals, other.values)
        self.columns = columns
    }

    private static func totals(_ starts: Storage32, outputs: Int, blocks: Int) -> Storage32 {
        guard blocks > 1 else { return starts }
        var totals: [UInt32] = [0]
        for output in 0..<outputs {
            let count = (0..<blocks).reduce(0) {
                $0 + starts[$1 * outputs + output + 1] - starts[$1 * outputs + output]
            }
            totals.append(totals[output] + UInt32(count))
        }
        return Storage32(totals)
    }

    /// The same weights, their inputs given by where the columns of each begin: those of a channel's first tap at its
    /// number times `plane`, those of other taps `offset` further on.
    func withOffsets(channels: Int, plane: Int, _ offset: (_ tap: Int) -> Int) -> SparseWeights {
        let table = (0..<depth).map { UInt32($0 % channels * plane + offset($0 / channels)) }
        let buffer = RawBuffer(byteCount: nonzeros * 4)
        let base = buffer.bytes.baseAddress!.assumingMemoryBound(to: UInt32.self)
        for index in 0..<nonzeros { base[index] = table[column(index)] }
        return SparseWeights(self, columns: .wide(base, buffer))
    }

    /// Writes the weights of an output, which must lie in one block, to their places among its inputs.
    func scatter<T: Scalar>(output: Int, into target: UnsafeMutablePointer<T>) {
        for index in starts[output]..<starts[output + 1] {
            target[column(index)] = T(values.base[index])
        }
    }

    func column(_ index: Int) -> Int {
        switch columns {
        case .narrow(let base, _): Int(base[index])
        case .wide(let base, _): Int(base[index])
        }
    }

    /// Multiplies the weights of each output by its scale.
    func multiply(by scale: [Float]) {
        for row in 0..<blocks * outputs {
            for index in starts[row]..<starts[row + 1] { values.base[index] *= scale[row % outputs] }
        }
    }

    /// Makes what products with a few rows want, where that is faster. Not to be called while others use the weights.
    func prepareForFewRows() {
        guard sliced == nil, scattered == nil else { return }
        sliced = SlicedWeights(self)
        if sliced == nil { scattered = ScatteredWeights(self) }
    }

    /// Cuts the outputs into at most so many ranges with about as many non-zeros each.
    func ranges(_ parts: Int) -> [Range<Int>] {
        // An output takes time even without weights.
        func work(_ outputs: Int) -> Int { Int(totals.base[outputs]) + outputs }
        var ranges: [Range<Int>] = []
        var first = 0
        for part in 1...max(parts, 1) where first < outputs {
            let target = work(outputs) * part / max(parts, 1)
            // The first end with so much work before it.
            var (low, high) = (first, outputs)
            while low < high {
                let middle = (low + high) / 2
                if work(middle) < target { low = middle + 1 } else { high = middle }
            }
            if low > first { ranges.append(first..<low) }
            first = low
        }
        return ranges
    }
}
