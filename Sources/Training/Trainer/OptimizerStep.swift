internal import Networks
internal import Tensors

/// Variables that follow one another and are treated alike.
struct VariableSegment {
    var range: Range<Int>
    /// Whether they are weights, which penalties of weights are for.
    var isWeight: Bool
    var rateFactor: Float

    static func all(_ table: ParameterTable, extra: [VariableGroup]) -> [VariableSegment] {
        var result: [VariableSegment] = []
        func add(_ segment: VariableSegment) {
            if let last = result.last, last.isWeight == segment.isWeight, last.rateFactor == segment.rateFactor,
                last.range.upperBound == segment.range.lowerBound
            {
                result[result.count - 1].range = last.range.lowerBound..<segment.range.upperBound
            } else if !segment.range.isEmpty {
                result.append(segment)
            }
        }
        for entry in table.entries where entry.isTrainable && !entry.isFrozen {
            add(VariableSegment(range: entry.range, isWeight: entry.role.isPrunable, rateFactor: 1))
        }
        var start = table.count
        for group in extra {
            let range = start..<start + group.initial.count
            add(VariableSegment(range: range, isWeight: false, rateFactor: group.rateFactor))
            start = range.upperBound
        }
        return result
    }
}

/// The optimizer's turn in a step, in pieces that threads share.
struct OptimizerStep: @unchecked Sendable {
    let optimizer: any Optimizer
    let variables: Variables
    let gradient: UnsafeMutableBufferPointer<Float>
    /// What the gradient is multiplied by.
    let clip: Float
    let rate: Float
    let decay: Float
    let l1: Float
    let number: Int

    private static var pieceLength: Int { 1 << 16 }

    func run(_ segments: [VariableSegment], threads: Int) throws {
        let pieces = segments.flatMap { segment in
            stride(from: segment.range.lowerBound, to: segment.range.upperBound, by: Self.pieceLength).map { start in
                VariableSegment(
                    range: start..<min(start + Self.pieceLength, segment.range.upperBound), isWeight: segment.isWeight,
                    rateFactor: segment.rateFactor)
            }
        }
        let isLarge = gradient.count > 2 * Self.pieceLength
        try Parallel.forEach(pieces.count, threads: isLarge ? threads : 1) { update(pieces[$0]) }
    }

    private func update(_ piece: VariableSegment) {
        let (start, count) = (piece.range.lowerBound, piece.range.count)
        let (values, slope) = (variables.values.baseAddress! + start, gradient.baseAddress! + start)
        if clip < 1 { for index in 0..<count { slope[index] *= clip } }
        if piece.isWeight {
            if decay > 0, !optimizer.decouplesWeightDecay {
                for index in 0..<count { slope[index] += decay * values[index] }
            }
            if l1 > 0 {
                for index in 0..<count {
                    let value = values[index]
                    slope[index] += value > 0 ? l1 : value < 0 ? -l1 : 0
                }
            }
        }
        optimizer.update(
            VariableRun(
                count: count, values: values, gradient: slope,
                moments: variables.moments.map { $0.baseAddress! + start }, learningRate: rate * piece.rateFactor,
                weightDecay: piece.isWeight ? decay : 0, step: number))
    }
}
