internal import CHDF5
internal import ModelIO
internal import Tensors

extension DatasetAccess {
    func readChunks(
        _ stored: StoredDataset, _ grid: ChunkGrid, key: Int, _ range: Range<Int>,
        into destination: UnsafeMutableRawBufferPointer
    ) throws {
        let size = stored.elementSize
        var position = 0
        for box in Box.covering(range, of: stored.dimensions) {
            let end = position + box.elementCount * size
            let target = UnsafeMutableRawBufferPointer(rebasing: destination[position..<end])
            position = end
            for place in grid.places(touching: box) {
                let chunkBox = Box(start: zip(place, grid.chunk).map(*), count: grid.chunk)
                guard let common = box.intersection(chunkBox) else { continue }
                let chunk = try decoded(stored, grid, key: key, place: place)
                common.forEachRow(from: chunkBox, to: box) { from, to, count in
                    UnsafeMutableRawBufferPointer(rebasing: target[to * size..<(to + count) * size]).copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: chunk.bytes[from * size..<(from + count) * size]))
                }
            }
        }
    }

    private func decoded(_ stored: StoredDataset, _ grid: ChunkGrid, key: Int, place: [Int]) throws -> RawBuffer {
        let byteCount = grid.elementCount * stored.elementSize
        let number = grid.number(of: place, in: stored.dimensions)
        return try chunks.chunk(ChunkCache.Key(dataset: key, chunk: number), byteCount: byteCount) {
            do {
                return try fetch(stored, grid, key: key, place: place, byteCount: byteCount)
            } catch let error as SparsifyError {
                throw SparsifyError(
                    error.code, "In the chunk \(place) of '/\(stored.path)': \(error.message)", file: error.file,
                    offset: error.offset, remedy: error.remedy)
            }
        }
    }

    private func fetch(
        _ stored: StoredDataset, _ grid: ChunkGrid, key: Int, place: [Int], byteCount: Int
    ) throws -> RawBuffer {
        let dataset = try open.dataset(stored, key: key)
        let start = zip(place, grid.chunk).map(*)
        let offset = start.map { hsize_t($0) }
        var storedSize: hsize_t = 0
        let isKnown = Library.quietly { H5Dget_chunk_storage_size(dataset.dataset.id, offset, &storedSize) } != nil
        guard isKnown, storedSize > 0 else {
            return try absentChunk(stored, dataset, at: start, byteCount: byteCount)
        }
        guard let count = Int(exactly: storedSize), count <= file.size else {
            throw SparsifyError(
                .malformed, "It takes \(storedSize) bytes in a file of \(file.size).", remedy: "The file is damaged.")
        }
        let raw = RawBuffer(byteCount: count)
        var skipped: UInt32 = 0
        try Library.call("read a chunk") {
            chdf5_read_chunk(dataset.dataset.id, offset, &skipped, raw.bytes.baseAddress, count)
        }
        var filters = grid.filters
        if grid.leavesEdgesUnfiltered,
            zip(start, stored.dimensions).enumerated().contains(where: { axis, edge in
                edge.0 + grid.chunk[axis] > edge.1
            })
        {
            filters = []
        }
        return try FilterPipeline(filters: filters, chunkBytes: byteCount).decode(raw, count: count, skipped: skipped)
    }

    /// A chunk never written consists of fill values. libhdf5 reports it like a damaged index, so one element is read
    /// through it: for a chunk that is merely absent, that works.
    private func absentChunk(
        _ stored: StoredDataset, _ dataset: OpenDataset, at start: [Int], byteCount: Int
    ) throws -> RawBuffer {
        let element = RawBuffer(byteCount: stored.elementSize)
        let slice = UnsafeMutableRawBufferPointer(rebasing: element.bytes[..<stored.elementSize])
        try dataset.read(Box(start: start, count: start.map { _ in 1 }), into: slice, path: stored.path)
        let result = RawBuffer(byteCount: byteCount)
        Self.fill(UnsafeMutableRawBufferPointer(rebasing: result.bytes[..<byteCount]), with: stored.fill)
        return result
    }
}

extension ChunkGrid {
    var elementCount: Int { chunk.reduce(1, *) }

    /// The places, counted in chunks, of the chunks that have a part of `box`, in row-major order.
    func places(touching box: Box) -> [[Int]] {
        var result: [[Int]] = [[]]
        for axis in chunk.indices {
            let first = box.start[axis] / chunk[axis]
            let last = (box.start[axis] + box.count[axis] - 1) / chunk[axis]
            result = result.flatMap { place in (first...last).map { place + [$0] } }
        }
        return result
    }

    func number(of place: [Int], in dimensions: [Int]) -> Int {
        zip(place, zip(dimensions, chunk)).reduce(0) { number, item in
            let (extent, length) = item.1
            return number * ((extent + length - 1) / length) + item.0
        }
    }
}
