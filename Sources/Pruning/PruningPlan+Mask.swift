internal import Tensors

extension PruningPlan {
    /// Which elements of a whole tensor the plan keeps, zeros among them or not.
    ///
    /// - Parameter elements: the tensor's, as they were when the plan was made.
    public func kept(_ elements: UnsafeRawBufferPointer, tensor index: Int, info: PrunableTensor) -> [Bool] {
        switch precision {
        case .single: kept(Float.self, elements, index, info)
        case .double: kept(Double.self, elements, index, info)
        }
    }

    private func kept<S: Score>(
        _: S.Type, _ elements: UnsafeRawBufferPointer, _ index: Int, _ info: PrunableTensor
    ) -> [Bool] {
        var kept = [Bool](repeating: true, count: info.elementCount)
        let plan = tensors[index]
        guard plan.pruned > 0 else { return kept }
        let tile = WeightTile(
            tensor: index, offset: 0, elementType: info.elementType,
            elements: UnsafeRawBufferPointer(rebasing: elements[..<(info.elementCount * info.elementType.byteWidth)]))
        let threshold = S.Key(clamping: plan.rule.threshold)
        ScoreBlocks.forEach(tile, criterion, S.self) { start, keys in
            for position in 0..<keys.count {
                let key = keys[position]
                kept[start + position] = key > threshold || key == threshold && start + position >= plan.rule.tieEnd
            }
        }
        return kept
    }
}
