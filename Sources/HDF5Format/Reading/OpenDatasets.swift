internal import CHDF5
internal import Synchronization
internal import Tensors

/// A dataset that libhdf5 has open, with what reading through it takes.
final class OpenDataset: Sendable {
    let dataset: Handle
    /// Its selection is set anew for each read, within the same call.
    let space: Handle
    /// The file's own type, so that nothing is converted; descriptors for variable-length elements.
    let memoryType: Handle

    init(_ stored: StoredDataset, in file: SourceFile) throws {
        let access = try Handle.propertyList(chdf5_dataset_access)
        // Unfiltered chunks that are cached are read by the length in the chunk index, which nobody has checked;
        // without a cache they are read by the length that the chunk must have.
        try Library.call("switch off the chunk cache") { H5Pset_chunk_cache(access.id, 0, 0, 0) }
        let path = "/" + stored.path
        let dataset = try Handle("open the dataset '\(path)'") { H5Dopen2(file.handle.id, path, access.id) }
        space = try Handle("read the extents of '\(path)'") { H5Dget_space(dataset.id) }
        memoryType =
            stored.isVariableLength
            ? try Handle("make a type") { chdf5_descriptor_type(file.descriptorSize) }
            : try Handle("read the type of '\(path)'") { H5Dget_type(dataset.id) }
        self.dataset = dataset
    }

    /// Copies the elements of `box` through libhdf5.
    func read(_ box: Box, into destination: UnsafeMutableRawBufferPointer, path: String) throws(SparsifyError) {
        guard !box.start.isEmpty else {
            try Library.call("read '/\(path)'") {
                H5Dread(
                    dataset.id, memoryType.id, chdf5_everything(), chdf5_everything(), hid_t(H5P_DEFAULT),
                    destination.baseAddress)
            }
            return
        }
        let start = box.start.map { hsize_t($0) }
        let count = box.count.map { hsize_t($0) }
        // In the shape of the selection: libhdf5 maps other shapes element by element.
        let memory = try Handle("make a dataspace") { H5Screate_simple(Int32(count.count), count, nil) }
        try Library.call("read '/\(path)'") {
            let selected = H5Sselect_hyperslab(space.id, H5S_SELECT_SET, start, nil, count, nil)
            guard selected >= 0 else { return selected }
            return H5Dread(
                dataset.id, memoryType.id, memory.id, space.id, hid_t(H5P_DEFAULT), destination.baseAddress)
        }
    }
}

/// A bounded number of open datasets.
final class OpenDatasets: Sendable {
    private struct State {
        var open: [Int: (dataset: OpenDataset, lastUse: Int)] = [:]
        var clock = 0
    }

    private static let limit = 32
    private let file: SourceFile
    private let state = Mutex(State())

    init(file: SourceFile) {
        self.file = file
    }

    func dataset(_ stored: StoredDataset, key: Int) throws -> OpenDataset {
        let known = state.withLock { state in
            state.clock += 1
            state.open[key]?.lastUse = state.clock
            return state.open[key]?.dataset
        }
        if let known { return known }
        let opened = try OpenDataset(stored, in: file)
        // Let go outside of the lock.
        let evicted = state.withLock { state -> OpenDataset? in
            state.open[key] = (opened, state.clock)
            guard state.open.count > Self.limit,
                let oldest = state.open.min(by: { $0.value.lastUse < $1.value.lastUse })
            else { return nil }
            return state.open.removeValue(forKey: oldest.key)?.dataset
        }
        _ = evicted
        return opened
    }
}
