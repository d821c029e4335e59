internal import Tensors

/// A floating-point type for scores. Scores that are finite and not negative order like their bit patterns, the keys.
protocol Score: BinaryFloatingPoint, SendableMetatype {
    /// Signed, since processors compare signed lanes best; keys are not negative.
    associatedtype Key: FixedWidthInteger & SignedInteger & Sendable
    var key: Key { get }
    static func buffer(_ scores: UnsafeMutableBufferPointer<Self>) -> ScoreBuffer
}

extension Float: Score {
    typealias Key = Int32
    @inline(__always) var key: Int32 { Int32(bitPattern: bitPattern & 0x7fff_ffff) }
    static func buffer(_ scores: UnsafeMutableBufferPointer<Float>) -> ScoreBuffer { .single(scores) }
}

extension Double: Score {
    typealias Key = Int64
    @inline(__always) var key: Int64 { Int64(bitPattern: bitPattern & 0x7fff_ffff_ffff_ffff) }
    static func buffer(_ scores: UnsafeMutableBufferPointer<Double>) -> ScoreBuffer { .double(scores) }
}

/// Scores a tile block by block, so that scores stay in the processor's cache.
enum ScoreBlocks {
    static let blockLength = 1 << 14

    /// Calls `body` with the position of each block in the tile and the keys of its weights.
    @inline(__always)
    static func forEach<S: Score>(
        _ tile: WeightTile, _ criterion: any PruningCriterion, _: S.Type,
        _ body: (Int, UnsafeBufferPointer<S.Key>) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: S.self, capacity: blockLength) { scores in
            let width = tile.elementType.byteWidth
            var start = 0
            while start < tile.count {
                let length = min(blockLength, tile.count - start)
                let block = UnsafeMutableBufferPointer(rebasing: scores[..<length])
                let part = WeightTile(
                    tensor: tile.tensor, offset: tile.offset + start, elementType: tile.elementType,
                    elements: UnsafeRawBufferPointer(
                        rebasing: tile.elements[start * width..<(start + length) * width]))
                criterion.score(part, into: S.buffer(block))
                // Scores are not negative, so their bits are their keys but for the sign of zero.
                let keys = UnsafeMutableRawPointer(block.baseAddress!).assumingMemoryBound(to: S.Key.self)
                for index in 0..<length { keys[index] = block[index].key }
                body(start, UnsafeBufferPointer(start: keys, count: length))
                start += length
            }
        }
    }
}
