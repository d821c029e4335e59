internal import CHDF5
internal import ModelIO
internal import Tensors

/// Reads what a dataset declares, and refuses what must not be read.
///
/// The order matters: sources outside of the file are refused before the dataspace is asked for, since for a virtual
/// dataset libhdf5 would open them.
struct DatasetInspector {
    let file: SourceFile
    let path: String
    let dataset: Handle
    let creation: Handle

    init(file: SourceFile, path: String, dataset: Handle) throws {
        self.file = file
        self.path = path
        self.dataset = dataset
        creation = try Handle("read how '/\(path)' was made") { H5Dget_create_plist(dataset.id) }
    }

    struct Findings {
        var properties: DatasetProperties
        var extent: DataValue.Extent
        var stored: StoredDataset
        var storedBytes: Int
        /// What reading may have to hold: the dataset, or a single chunk that is larger.
        var declaredBytes: Int
    }

    enum Outcome {
        case found(Findings)
        case uncarried(String)
    }

    func inspect() throws -> Outcome {
        let layout = try layoutClass()
        let typeHandle = try Handle("read the type of '/\(path)'") { H5Dget_type(dataset.id) }
        let space = try Handle("read the extents of '/\(path)'") { H5Dget_space(dataset.id) }
        let extents = try Extents(of: space)
        let type: ValueType
        switch try TypeReader.describe(typeHandle) {
        case .uncarried(let reason): return .uncarried(reason)
        case .type(let described): type = described
        }
        let elementSize = type.fixedSize ?? file.descriptorSize
        let count = try extents.elementCount()
        let bytes = try Checked.multiply(count, elementSize, "byte count of the dataset")

        var stored = StoredDataset(
            path: path, dimensions: extents.dimensions, elementSize: elementSize,
            isVariableLength: type.fixedSize == nil, fill: [], storage: .absent)
        let (fill, fillIsOwn) = try fillValue(type: type, handle: typeHandle, elementSize: elementSize)
        stored.fill = fill
        var declaredBytes = bytes
        let storedBytes = try Checked.int(
            UInt64(try Library.value("measure '/\(path)'") { H5Dget_storage_size(dataset.id) }), "storage size")
        var declaredLayout = DatasetProperties.Layout.contiguous
        // Only chunked datasets can grow.
        var maximumDimensions: [Int]?
        switch layout {
        case H5D_COMPACT:
            try requireStorage(storedBytes, equals: bytes)
            declaredLayout = .compact
            stored.storage = .compact
        case H5D_CONTIGUOUS:
            if let offset = try contiguousOffset(bytes: bytes, storedBytes: storedBytes) {
                stored.storage = .contiguous(offset: offset)
            }
        default:
            maximumDimensions = extents.maximumDimensions
            let grid = try chunkGrid(rank: extents.dimensions.count)
            declaredLayout = .chunked(dimensions: grid.chunk, filters: grid.filters.map(\.declared))
            stored.storage = .chunked(grid)
            let chunkBytes = try checkChunks(grid, space: space, elementSize: elementSize, storedBytes: storedBytes)
            declaredBytes = max(bytes, chunkBytes)
        }
        return .found(
            Findings(
                properties: DatasetProperties(
                    type: type, layout: declaredLayout, maximumDimensions: maximumDimensions,
                    fillValue: fillIsOwn ? fill : nil),
                extent: extents.extent, stored: stored, storedBytes: storedBytes, declaredBytes: declaredBytes))
    }

    private func refused(_ what: String, _ remedy: String) -> SparsifyError {
        SparsifyError(.refused, "The dataset '/\(path)' \(what).", remedy: remedy)
    }

    // MARK: Layout

    private func layoutClass() throws -> H5D_layout_t {
        let layout = H5D_layout_t(
            try Library.call("read the layout of '/\(path)'") { H5Pget_layout(creation.id).rawValue })
        if layout == H5D_VIRTUAL {
            throw refused("is virtual: its values come from other files", "Copy it to a plain dataset, with h5repack.")
        }
        if try Library.call("read the layout of '/\(path)'", { H5Pget_external_count(creation.id) }) > 0 {
            throw refused("keeps its values in other files", "Copy it to a plain dataset, with h5repack.")
        }
        guard [H5D_COMPACT, H5D_CONTIGUOUS, H5D_CHUNKED].contains(layout) else {
            throw SparsifyError(.unsupported, "The dataset '/\(path)' has a layout that is not known here.")
        }
        return layout
    }

    private func requireStorage(_ storedBytes: Int, equals bytes: Int) throws {
        guard storedBytes == bytes else {
            throw SparsifyError(
                .malformed, "The dataset '/\(path)' declares \(bytes) bytes, but \(storedBytes) are stored.",
                remedy: "The file is damaged.")
        }
    }

    /// Where the values lie, checked against the file; nil where none were written.
    private func contiguousOffset(bytes: Int, storedBytes: Int) throws -> Int? {
        guard storedBytes > 0 else { return nil }
        let address = try Library.value("locate '/\(path)'") { H5Dget_offset(dataset.id) }
        guard address != chdf5_no_address() else { return nil }
        try requireStorage(storedBytes, equals: bytes)
        guard let offset = Int(exactly: address), bytes <= file.size, offset <= file.size - bytes else {
            throw SparsifyError(
                .malformed,
                "The values of '/\(path)' (\(bytes) bytes at \(address)) lie past the end of the file (\(file.size)).",
                remedy: "The file is truncated or damaged.")
        }
        return offset
    }

    // MARK: Chunks

    private func chunkGrid(rank: Int) throws -> ChunkGrid {
        var extents = [hsize_t](repeating: 0, count: Int(H5S_MAX_RANK))
        let chunkRank = try Library.call("read the chunks of '/\(path)'") {
            H5Pget_chunk(creation.id, Int32(extents.count), &extents)
        }
        guard chunkRank == rank, rank > 0, extents.prefix(rank).allSatisfy({ $0 > 0 }) else {
            throw SparsifyError(
                .malformed,
                "The dataset '/\(path)' of \(rank) dimensions has chunks \(extents.prefix(Int(chunkRank))).",
                remedy: "The file is damaged.")
        }
        var options: UInt32 = 0
        try Library.call("read the chunk options of '/\(path)'") { H5Pget_chunk_opts(creation.id, &options) }
        return ChunkGrid(
            chunk: try extents.prefix(rank).map { try Checked.int(UInt64($0), "chunk extent") },
            filters: try filters(),
            leavesEdgesUnfiltered: options & UInt32(H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS) != 0)
    }

    private func filters() throws -> [StoredFilter] {
        let count = try Library.call("count the filters of '/\(path)'") { H5Pget_nfilters(creation.id) }
        var result: [StoredFilter] = []
        for index in 0..<UInt32(count) {
            var flags: UInt32 = 0
            var parameterCount = 8
            var parameters = [UInt32](repeating: 0, count: parameterCount)
            let filter = try Library.call("read the filters of '/\(path)'") {
                H5Pget_filter2(creation.id, index, &flags, &parameterCount, &parameters, 0, nil, nil)
            }
            switch filter {
            case H5Z_FILTER_DEFLATE: result.append(.deflate(level: min(Int(parameters[0]), 9)))
            case H5Z_FILTER_SHUFFLE: result.append(.shuffle(width: Int(parameters[0])))
            case H5Z_FILTER_FLETCHER32: result.append(.fletcher32)
            default:
                throw refused(
                    "uses the filter number \(filter); only deflate, shuffle and fletcher32 are read",
                    "Rewrite it with one of these, for example h5repack -f GZIP=4.")
            }
        }
        let kinds = Set(result.map { "\($0.declared)".prefix { $0 != "(" } })
        guard kinds.count == result.count else {
            throw refused("applies the same filter twice", "Rewrite it with h5repack.")
        }
        return result
    }

    /// Bytes of one chunk, once the chunk index agrees with the declaration.
    private func checkChunks(_ grid: ChunkGrid, space: Handle, elementSize: Int, storedBytes: Int) throws -> Int {
        var chunkBytes = elementSize
        for extent in grid.chunk { chunkBytes = try Checked.multiply(chunkBytes, extent, "chunk of '/\(path)'") }
        if grid.filters.isEmpty {
            var count: hsize_t = 0
            try Library.call("walk the chunks of '/\(path)'") {
                H5Dget_num_chunks(dataset.id, space.id, &count)
            }
            let expected = try Checked.multiply(
                try Checked.int(UInt64(count), "chunk count"), chunkBytes, "storage of '/\(path)'")
            guard storedBytes == expected else {
                throw SparsifyError(
                    .malformed,
                    "The \(count) chunks of '/\(path)' should take \(expected) bytes, but take \(storedBytes).",
                    remedy: "The file is damaged.")
            }
        }
        return chunkBytes
    }

    // MARK: Fill value

    /// The value of elements never written, and whether the file names one of its own.
    private func fillValue(
        type: ValueType, handle: Handle, elementSize: Int
    ) throws -> (value: [UInt8], isOwn: Bool) {
        var status = H5D_FILL_VALUE_UNDEFINED
        try Library.call("read the fill value of '/\(path)'") { H5Pfill_value_defined(creation.id, &status) }
        guard status == H5D_FILL_VALUE_USER_DEFINED, type.fixedSize != nil, elementSize <= file.size else {
            return ([], false)
        }
        var value = [UInt8](repeating: 0, count: elementSize)
        try Library.call("read the fill value of '/\(path)'") { H5Pget_fill_value(creation.id, handle.id, &value) }
        return (value, true)
    }
}
