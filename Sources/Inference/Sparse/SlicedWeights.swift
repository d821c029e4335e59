internal import CProcessor
internal import CSparseKernels
internal import Tensors

/// A small sparse matrix in slices of outputs and segments of inputs, as `sk_sliced` has it, for a few rows that are
/// taken one by one.
struct SlicedWeights: Sendable {
    let outputs: Int
    let depth: Int
    private let counts: RawBuffer
    private let places: RawBuffer
    private let values: Storage<Float>

    /// Non-zeros beyond which what is filled up costs more than it spares: the matrix must fit into a core's own cache.
    private static let maximumCount = 1 << 15
    /// The same for numbers with what is filled up.
    private static let maximumFilled = 6

    /// Whether rows are taken one by one: few, or somewhat more where turning them would take longer than the products.
    static func suits(rows: Int, nonzeros: Int) -> Bool {
        rows <= 4 ? nonzeros <= maximumCount : rows <= 16 && rows * nonzeros <= 4096
    }

    /// Nil for a matrix that is too large or too sparse, and where the processor lacks the instructions.
    init?(_ weights: SparseWeights) {
        let (slice, segment) = (Int(SK_SLICE), Int(SK_SEGMENT))
        guard processor_level() >= PROCESSOR_AVX512.rawValue, weights.blocks == 1, weights.nonzeros > 0,
            weights.nonzeros <= Self.maximumCount
        else { return nil }
        (outputs, depth) = (weights.outputs, weights.depth)
        let (slices, segments) = ((outputs - 1) / slice + 1, (depth - 1) / segment + 1)
        guard slices * segments <= Self.maximumFilled * weights.nonzeros else { return nil }
        var lengths = [Int](repeating: 0, count: slices * segments * slice)
        for output in 0..<outputs {
            for index in weights.starts[output]..<weights.starts[output + 1] {
                let cell = output / slice * segments + weights.column(index) / segment
                lengths[cell * slice + output % slice] += 1
            }
        }
        let counts = (0..<slices * segments).map { (lengths[$0 * slice..<($0 + 1) * slice].max()! + 1) / 2 }
        let lines = 2 * counts.reduce(0, +)
        guard lines * slice <= Self.maximumFilled * weights.nonzeros else { return nil }
        self.counts = RawBuffer(byteCount: counts.count * 2)
        places = RawBuffer.zeroed(byteCount: lines * slice)
        values = Storage(count: lines * slice)
        values.base.clear(lines * slice)
        var firsts: [Int] = []
        var next = 0
        for (cell, count) in counts.enumerated() {
            countBase[cell] = UInt16(count)
            firsts.append(next)
            next += 2 * count
        }
        var filled = [Int](repeating: 0, count: lengths.count)
        for output in 0..<outputs {
            for index in weights.starts[output]..<weights.starts[output + 1] {
                let column = weights.column(index)
                let cell = output / slice * segments + column / segment
                let lane = output % slice
                let place = (firsts[cell] + filled[cell * slice + lane]) * slice + lane
                filled[cell * slice + lane] += 1
                values.base[place] = weights.values.base[index]
                placeBase[place] = UInt8(128 + column % segment)
            }
        }
    }

    private var countBase: UnsafeMutablePointer<UInt16> {
        counts.bytes.baseAddress!.assumingMemoryBound(to: UInt16.self)
    }
    private var placeBase: UnsafeMutablePointer<UInt8> { places.bytes.baseAddress!.assumingMemoryBound(to: UInt8.self) }

    var matrix: sk_sliced {
        sk_sliced(rows: outputs, columns: depth, counts: countBase, values: values.base, places: placeBase)
    }
}
