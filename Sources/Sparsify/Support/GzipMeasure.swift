internal import ModelIO
internal import SparseCoding
internal import Tensors

/// What gzip -6 would make of a tensor's dense values: measured by compressing them, a tile at a time.
enum GzipMeasure {
    static func bytes(_ reader: any ModelReader, _ index: Int) throws -> Int {
        let info = reader.tensors[index]
        let width = info.elementType.byteWidth
        let meter = GzipMeter()
        let buffer = RawBuffer(byteCount: (1 << 18) * width)
        var start = 0
        while start < info.elementCount {
            let end = min(start + 1 << 18, info.elementCount)
            let tile = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<((end - start) * width)])
            try reader.read(index, start..<end, into: tile)
            meter.add(UnsafeRawBufferPointer(tile))
            start = end
        }
        return meter.finish()
    }
}
