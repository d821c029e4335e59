internal import Tensors

/// LAMP (Lee, Park, Mo, Ahn, Shin 2021, "Layer-adaptive sparsity for the magnitude-based pruning"): the score of a weight
/// is w² over the sum of the squares of all weights of its tensor that are at least as large, itself included. The
/// lowest scores over all tensors go; how many of each tensor that is, is its share.
///
/// Within a tensor the scores rank as the magnitudes do. Cost: a sort of each tensor, and four bytes of memory a weight.
public struct LAMPAllocation: SparsityAllocation {
    public init() {}

    public var id: String { "lamp" }
    public var summary: String { "lowest w² / Σ(w'² ≥ w²) over all tensors (Lee et al. 2021)" }

    public func zeros(
        _ request: PruningRequest, of tensors: [PrunableTensor], _ read: WeightSource
    ) throws -> [Int] {
        let wanted = request.zeros(of: tensors.reduce(0) { $0 + $1.elementCount })
        let scores = try tensors.indices.map { try Self.scores(tensors[$0], $0, read) }
        // Scores of a tensor ascend, so that a threshold cuts each at one place. Scores are not negative: their bits sort as
        // they do, and the threshold is found bit by bit.
        func count(below bits: UInt32) -> [Int] { scores.map { $0.partition(below: Float(bitPattern: bits)) } }
        var threshold: UInt32 = 0
        for bit in (0..<31).reversed() {
            let candidate = threshold | 1 << UInt32(bit)
            if candidate <= Float.infinity.bitPattern, count(below: candidate).reduce(0, +) <= wanted {
                threshold = candidate
            }
        }
        var result = count(below: threshold)
        // Ties at the threshold go in order of tensors.
        var missing = wanted - result.reduce(0, +)
        let ties = zip(scores, result).map { $0.partition(below: Float(bitPattern: threshold).nextUp) - $1 }
        for index in result.indices {
            let more = min(missing, ties[index])
            result[index] += more
            missing -= more
        }
        return result
    }

    /// Scores of a tensor's weights, ascending.
    static func scores(_ tensor: PrunableTensor, _ index: Int, _ read: WeightSource) throws -> [Float] {
        var magnitudes: [Float] = []
        magnitudes.reserveCapacity(tensor.elementCount)
        let width = tensor.elementType.byteWidth
        for start in stride(from: 0, to: tensor.elementCount, by: 1 << 18) {
            let range = start..<min(start + 1 << 18, tensor.elementCount)
            let buffer = RawBuffer(byteCount: range.count * width)
            let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<(range.count * width)])
            try read(index, range, bytes)
            let tile = WeightTile(
                tensor: index, offset: start, elementType: tensor.elementType, elements: UnsafeRawBufferPointer(bytes))
            WeightValues.forEach(tile) {
                magnitudes.append($1.magnitude < .greatestFiniteMagnitude ? $1.magnitude : .greatestFiniteMagnitude)
            }
        }
        magnitudes.sort()
        var sum = 0.0
        for place in magnitudes.indices.reversed() {
            let square = Double(magnitudes[place]) * Double(magnitudes[place])
            sum += square
            magnitudes[place] = sum > 0 ? Float(square / sum) : 0
        }
        // Sums grow as squares fall, so scores ascend but for rounding.
        for place in magnitudes.indices.dropFirst() {
            magnitudes[place] = max(magnitudes[place], magnitudes[place - 1])
        }
        return magnitudes
    }
}

extension [Float] {
    /// How many elements of an ascending array are below `bound`.
    fileprivate func partition(below bound: Float) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < bound { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
