internal import ModelIO
internal import Tensors
internal import Training

/// Examples in a file of their own, ready to be read in any order: what is too large for memory, or lies in a file that is
/// unpacked from its beginning.
final class ExamplesOnDisk: ExampleStore {
    let count: Int
    private let file: ScratchFile

    /// - Throws: `io` where the file cannot be made.
    init(count: Int) throws {
        self.count = count
        file = try ScratchFile()
        // It goes with this process, whatever becomes of that.
        file.removeName()
    }

    func write(_ values: ArraySlice<Float>, at position: Int) throws {
        try values.withUnsafeBytes { try file.write($0, at: position * MemoryLayout<Float>.stride) }
    }

    func read(_ range: Range<Int>, into destination: UnsafeMutablePointer<Float>) throws {
        let bytes = UnsafeMutableRawBufferPointer(start: destination, count: range.count * MemoryLayout<Float>.stride)
        try file.read(at: range.lowerBound * MemoryLayout<Float>.stride, into: bytes)
    }
}
