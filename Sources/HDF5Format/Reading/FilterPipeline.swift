internal import CZlib
internal import Tensors

/// Undoes the filters of a chunk, with every size checked: a chunk gives exactly its own bytes or an error.
struct FilterPipeline {
    var filters: [StoredFilter]
    var chunkBytes: Int

    /// - Parameter skipped: bit `i` is set where filter `i` was not applied to this chunk.
    func decode(_ stored: RawBuffer, count: Int, skipped: UInt32) throws(SparsifyError) -> RawBuffer {
        var (data, count) = (stored, count)
        for (index, filter) in filters.enumerated().reversed() where !isSkipped(index, skipped) {
            switch filter {
            case .fletcher32:
                count = try verifiedCount(data, count: count)
            case .shuffle(let width):
                data = unshuffled(data, count: count, width: width)
            case .deflate:
                let expected = byteCount(before: index, skipped: skipped)
                data = try inflated(data, count: count, expected: expected)
                count = expected
            }
        }
        guard count == chunkBytes else {
            throw malformed("holds \(count) bytes instead of \(chunkBytes)")
        }
        return data
    }

    private func isSkipped(_ index: Int, _ skipped: UInt32) -> Bool {
        index < 32 && skipped & 1 << UInt32(index) != 0
    }

    /// Bytes that went into filter `index`: no deflate comes before another.
    private func byteCount(before index: Int, skipped: UInt32) -> Int {
        filters[..<index].enumerated().reduce(chunkBytes) { count, item in
            item.element == .fletcher32 && !isSkipped(item.offset, skipped) ? count + 4 : count
        }
    }

    private func malformed(_ what: String) -> SparsifyError {
        SparsifyError(.malformed, "A chunk \(what).", remedy: "The file is damaged.")
    }

    // MARK: Deflate

    private func inflated(_ data: RawBuffer, count: Int, expected: Int) throws(SparsifyError) -> RawBuffer {
        guard let input = UInt32(exactly: count), let room = UInt32(exactly: expected) else {
            throw malformed("is larger than HDF5 allows")
        }
        let result = RawBuffer(byteCount: expected)
        var stream = z_stream()
        stream.next_in = data.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.avail_in = input
        stream.next_out = result.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.avail_out = room
        guard inflateInit_(&stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw SparsifyError(.io, "zlib could not be started.")
        }
        defer { inflateEnd(&stream) }
        switch inflate(&stream, Z_FINISH) {
        case Z_STREAM_END where stream.avail_out == 0: return result
        case Z_STREAM_END:
            throw malformed("inflates to \(expected - Int(stream.avail_out)) bytes instead of \(expected)")
        case Z_BUF_ERROR where stream.avail_out == 0: throw malformed("inflates to more than its \(expected) bytes")
        default: throw malformed("is no valid deflate stream")
        }
    }

    // MARK: Shuffle

    /// Bytes stored place by place, put together to elements again; what is left over follows as it is.
    private func unshuffled(_ data: RawBuffer, count: Int, width: Int) -> RawBuffer {
        guard width > 1, count / width > 1 else { return data }
        let elements = count / width
        let result = RawBuffer(byteCount: count)
        guard let source = data.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self),
            let target = result.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return data }
        for byte in 0..<width {
            let plane = source + byte * elements
            for element in 0..<elements { target[element &* width &+ byte] = plane[element] }
        }
        for rest in elements * width..<count { target[rest] = source[rest] }
        return result
    }

    // MARK: Fletcher32

    private func verifiedCount(_ data: RawBuffer, count: Int) throws(SparsifyError) -> Int {
        guard count >= 4 else { throw malformed("is too short for its checksum") }
        let bytes = UnsafeRawBufferPointer(data.bytes)
        let stored = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
        let computed = Fletcher32.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<(count - 4)]))
        // Before release 1.6.3, little-endian machines stored the two halves with their bytes exchanged.
        let exchanged = (computed & 0x00ff_00ff) << 8 | (computed >> 8) & 0x00ff_00ff
        guard stored == computed || stored == exchanged else { throw malformed("does not match its checksum") }
        return count - 4
    }
}

/// HDF5's form of Fletcher's checksum: over big-endian 16-bit words, an odd last byte being the upper half of one.
enum Fletcher32 {
    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var (first, second): (UInt32, UInt32) = (0, 0)
        var position = 0
        let words = bytes.count / 2
        var done = 0
        while done < words {
            // So many additions cannot overflow.
            let block = min(360, words - done)
            for _ in 0..<block {
                first &+= UInt32(bytes[position]) << 8 | UInt32(bytes[position + 1])
                second &+= first
                position += 2
            }
            done += block
            (first, second) = (folded(first), folded(second))
        }
        if position < bytes.count {
            first &+= UInt32(bytes[position]) << 8
            second &+= first
            (first, second) = (folded(first), folded(second))
        }
        return folded(second) << 16 | folded(first)
    }

    private static func folded(_ sum: UInt32) -> UInt32 { sum & 0xffff &+ sum >> 16 }
}
