internal import Tensors

/// Which weights go: a threshold for each tensor, and where its ties end. It can be applied to any piece of a
/// tensor, in any order, on any thread, with the same result.
public struct PruningPlan: Sendable {
    public let tensors: [TensorPlan]
    let criterion: any PruningCriterion
    let precision: ScorePrecision

    /// Sets the pruned elements of a tile to zero bits.
    ///
    /// - Parameters:
    ///   - index: which prunable tensor.
    ///   - offset: row-major position of the first element.
    public func apply(
        to elements: UnsafeMutableRawBufferPointer, tensor index: Int, offset: Int, info: PrunableTensor
    ) {
        let plan = tensors[index]
        guard plan.pruned > 0 else { return }
        switch precision {
        case .single: apply(Float.self, plan.rule, elements, index, offset, info)
        case .double: apply(Double.self, plan.rule, elements, index, offset, info)
        }
    }

    private func apply<S: Score>(
        _: S.Type, _ rule: MaskRule, _ elements: UnsafeMutableRawBufferPointer, _ index: Int, _ offset: Int,
        _ info: PrunableTensor
    ) {
        let tile = WeightTile(
            tensor: index, offset: offset, elementType: info.elementType, elements: UnsafeRawBufferPointer(elements))
        let threshold = S.Key(clamping: rule.threshold)
        ScoreBlocks.forEach(tile, criterion, S.self) { start, keys in
            let tieEnd = rule.tieEnd - offset - start
            let width = info.elementType.byteWidth
            let block = elements.baseAddress! + start * width
            switch width {
            case 2: zero(block.assumingMemoryBound(to: UInt16.self), keys, threshold, tieEnd)
            case 4: zero(block.assumingMemoryBound(to: UInt32.self), keys, threshold, tieEnd)
            default: zero(block.assumingMemoryBound(to: UInt64.self), keys, threshold, tieEnd)
            }
        }
    }

    @inline(__always)
    private func zero<T: FixedWidthInteger, K: FixedWidthInteger>(
        _ block: UnsafeMutablePointer<T>, _ keys: UnsafeBufferPointer<K>, _ threshold: K, _ tieEnd: Int
    ) {
        // Before the end of the ties the threshold itself goes, after it stays. Signs instead of comparisons, so that
        // the loops become vector code: keys are not negative, so differences do not overflow.
        let split = min(max(tieEnd, 0), keys.count)
        let sign = K(K.bitWidth - 1)
        for position in 0..<split {
            block[position] &= ~T(truncatingIfNeeded: (keys[position] &- threshold &- 1) >> sign)
        }
        for position in split..<keys.count {
            block[position] &= ~T(truncatingIfNeeded: (keys[position] &- threshold) >> sign)
        }
    }
}

/// What happens to one tensor.
public struct TensorPlan: Sendable, Hashable {
    /// Elements that are set to zero, those that were zero before among them.
    public var pruned: Int
    public var kept: Int
    /// Whether the floor kept weights here that the threshold alone would have pruned.
    public var isHeldByFloor: Bool
    /// Weights that are NaN or infinite; they are pruned last.
    public var nonfinite: Int
    var rule: MaskRule
}

/// An element is pruned where its key is below the threshold, or is equal to it and lies before `tieEnd`.
struct MaskRule: Sendable, Hashable {
    /// A score's bit pattern.
    var threshold: Int64
    /// Row-major position.
    var tieEnd: Int
}

enum ScorePrecision: Sendable {
    case single
    case double
}
