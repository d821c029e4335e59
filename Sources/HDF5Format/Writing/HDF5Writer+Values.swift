internal import CHDF5
internal import ModelIO
internal import Tensors

extension HDF5Writer {
    /// Writes all elements of a tensor, a tile at a time.
    func writeValues(of plan: DatasetPlan, count: Int, _ source: TileSource) throws {
        guard count > 0 else { return }
        let type = try TypeMaker(plan.type)
        let tiling = plan.tiling(elementSize: type.size)
        let access = try Handle.propertyList(chdf5_dataset_access)
        if tiling.cacheBytes > 0 {
            // Slots well above the chunks at work keep them from displacing one another.
            let slots = min(max(521, 16 * tiling.chunksAcross + 1), 1 << 20)
            try Library.call("set the chunk cache") {
                H5Pset_chunk_cache(access.id, slots, tiling.cacheBytes, 1)
            }
        }
        let dataset = try Handle("open '/\(plan.path)'") { [id = file.id] in
            H5Dopen2(id, "/" + plan.path, access.id)
        }
        let space = try Handle("read the extents of '/\(plan.path)'") { H5Dget_space(dataset.id) }
        let isBigEndian = plan.type.element?.isBigEndian ?? false
        let buffer = RawBuffer(byteCount: min(tiling.elements, count) * type.size)
        var position = 0
        while position < count {
            try options.cancellation?.check()
            let range = position..<position + min(tiling.elements, count - position)
            let tile = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<(range.count * type.size)])
            try source(range, tile)
            if isBigEndian { ByteOrder.reverse(tile, width: type.size) }
            try write(tile, range, of: plan, type, dataset, space)
            position = range.upperBound
        }
    }

    private func write(
        _ tile: UnsafeMutableRawBufferPointer, _ range: Range<Int>, of plan: DatasetPlan, _ type: TypeMaker,
        _ dataset: Handle, _ space: Handle
    ) throws {
        var bytes = tile.baseAddress
        for box in Box.covering(range, of: plan.dimensions) {
            let start = box.start.map { hsize_t($0) }
            let count = box.count.map { hsize_t($0) }
            // In the shape of the selection: libhdf5 maps other shapes element by element.
            let memory = try Handle("make a dataspace") {
                count.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(count.count), count, nil)
            }
            try Library.call("write '/\(plan.path)'") {
                if !start.isEmpty {
                    let selected = H5Sselect_hyperslab(space.id, H5S_SELECT_SET, start, nil, count, nil)
                    guard selected >= 0 else { return selected }
                }
                return H5Dwrite(dataset.id, type.handle.id, memory.id, space.id, hid_t(H5P_DEFAULT), bytes)
            }
            bytes = bytes.map { $0 + box.elementCount * type.size }
        }
    }
}
