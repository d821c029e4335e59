internal import ModelIO
internal import Tensors

/// Reads elements of datasets as the file has them; safe from several threads at once.
///
/// Plain runs of bytes are read past libhdf5, filtered chunks are fetched by it and decoded here: both go on in
/// parallel, and neither relies on sizes that nobody checked.
final class DatasetAccess: Sendable {
    private static let cacheLimit = 64 << 20

    let file: SourceFile
    let open: OpenDatasets
    let chunks = ChunkCache(limit: DatasetAccess.cacheLimit)

    init(file: SourceFile) {
        self.file = file
        open = OpenDatasets(file: file)
    }

    /// Copies the elements `range` into `destination`, which has just their size.
    ///
    /// - Parameter key: tells the datasets of a file apart.
    func read(
        _ stored: StoredDataset, key: Int, _ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer
    ) throws {
        precondition(range.lowerBound >= 0 && range.upperBound <= stored.elementCount, "a range within the dataset")
        precondition(destination.count == range.count * stored.elementSize, "a buffer of the range's size")
        guard !range.isEmpty else { return }
        switch stored.storage {
        case .absent:
            Self.fill(destination, with: stored.fill)
        case .contiguous(let offset):
            try file.bytes.read(at: offset + range.lowerBound * stored.elementSize, into: destination)
        case .compact:
            try readThroughLibrary(stored, key: key, range, into: destination)
        case .chunked(let grid) where grid.filters.isEmpty:
            try readThroughLibrary(stored, key: key, range, into: destination)
        case .chunked(let grid):
            try readChunks(stored, grid, key: key, range, into: destination)
        }
    }

    private func readThroughLibrary(
        _ stored: StoredDataset, key: Int, _ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer
    ) throws {
        let dataset = try open.dataset(stored, key: key)
        var position = 0
        for box in Box.covering(range, of: stored.dimensions) {
            let end = position + box.elementCount * stored.elementSize
            try dataset.read(
                box, into: UnsafeMutableRawBufferPointer(rebasing: destination[position..<end]), path: stored.path)
            position = end
        }
    }

    /// Repeats `value`, or zeros where there is none.
    static func fill(_ destination: UnsafeMutableRawBufferPointer, with value: [UInt8]) {
        guard value.contains(where: { $0 != 0 }) else {
            destination.initializeMemory(as: UInt8.self, repeating: 0)
            return
        }
        for index in destination.indices { destination[index] = value[index % value.count] }
    }
}
