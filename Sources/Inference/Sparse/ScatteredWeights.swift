internal import Tensors

/// A small sparse matrix as a list of its non-zeros, input by input: neighbours then go to different outputs, and do not
/// wait for one another.
struct ScatteredWeights: @unchecked Sendable {
    let rows: Int
    let values: Storage<Float>
    private let buffer: RawBuffer

    /// Non-zeros that an output has on average, below which this is faster.
    private static let rowLength = 8
    /// Beyond so many the work is worth to be shared by threads.
    private static let maximumCount = 1 << 15

    /// Nil for a matrix that is better taken output by output.
    init?(_ weights: SparseWeights) {
        let count = weights.nonzeros
        guard weights.blocks == 1, count < Self.rowLength * weights.outputs, count <= Self.maximumCount,
            weights.outputs <= 1 << 16,
            weights.depth <= 1 << 16
        else { return nil }
        rows = weights.outputs
        values = Storage(count: count)
        buffer = RawBuffer(byteCount: 4 * count)
        var items: [(input: Int, output: Int, index: Int)] = []
        for output in 0..<weights.outputs {
            for index in weights.starts[output]..<weights.starts[output + 1] {
                items.append((weights.column(index), output, index))
            }
        }
        items.sort { ($0.input, $0.output) < ($1.input, $1.output) }
        for (place, item) in items.enumerated() {
            values.base[place] = weights.values.base[item.index]
            inputs[place] = UInt16(item.input)
            outputs[place] = UInt16(item.output)
        }
    }

    var inputs: UnsafeMutablePointer<UInt16> { buffer.bytes.baseAddress!.assumingMemoryBound(to: UInt16.self) }
    var outputs: UnsafeMutablePointer<UInt16> { inputs + values.count }
}
