/// Gives elements of one tensor: fills the buffer with the row-major elements of the range, pruned ones as zero
/// bits. Called from several threads at once.
public typealias TileSource = @Sendable (Range<Int>, UnsafeMutableRawBufferPointer) throws -> Void

/// A model file in the making. Nothing is visible under the target's name before `finish()`; a writer that is let
/// go without it leaves nothing behind.
public protocol ModelWriter: AnyObject {
    /// Appends the next tensor, in the order of the list the writer was made with.
    ///
    /// - Parameters:
    ///   - expectedNonzeros: how many elements will be non-zero, where known; sizes chunks, never decides bytes'
    ///     correctness.
    ///   - source: called for disjoint ranges that together cover the tensor, here or by `finish()`.
    func append(_ tensor: TensorInfo, expectedNonzeros: Int?, source: @escaping TileSource) throws

    /// Completes the file and moves it to its place.
    func finish() throws
}
