internal import Tensors

/// Walks the weights of a tile as numbers, whatever floating-point type they are stored in.
enum WeightValues {
    /// Calls `body` with each position in the tile and its weight; float64 weights are rounded.
    @inline(__always)
    static func forEach(_ tile: WeightTile, _ body: (Int, Float) -> Void) {
        let base = tile.elements.baseAddress!
        switch tile.elementType {
        case .float32:
            let weights = base.assumingMemoryBound(to: Float.self)
            for index in 0..<tile.count { body(index, weights[index]) }
        case .float16:
            let weights = base.assumingMemoryBound(to: UInt16.self)
            for index in 0..<tile.count { body(index, FloatingPointBits.float(fromHalf: weights[index])) }
        case .bfloat16:
            let weights = base.assumingMemoryBound(to: UInt16.self)
            for index in 0..<tile.count { body(index, FloatingPointBits.float(fromBFloat16: weights[index])) }
        case .float64:
            let weights = base.assumingMemoryBound(to: Double.self)
            for index in 0..<tile.count { body(index, Float(weights[index])) }
        default:
            preconditionFailure("only floating-point tensors are scored")
        }
    }

    /// As `forEach`, exact for float64.
    @inline(__always)
    static func forEachDouble(_ tile: WeightTile, _ body: (Int, Double) -> Void) {
        guard tile.elementType == .float64 else { return forEach(tile) { body($0, Double($1)) } }
        let weights = tile.elements.baseAddress!.assumingMemoryBound(to: Double.self)
        for index in 0..<tile.count { body(index, weights[index]) }
    }
}
