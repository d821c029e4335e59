internal import Tensors

/// Decodes chunks. Trusts nothing: lengths, positions and counts are checked before they are used.
///
/// One decoder serves one thread; its memory is reused from chunk to chunk.
public final class ChunkDecoder {
    private let inflater = Inflater()
    private let positionScratch = Scratch()
    private let streamScratch = Scratch()
    private let valueScratch = Scratch()

    public init() {}

    /// The non-zero elements of a chunk: positions ascending, counted from the chunk's first element, and their
    /// values, little-endian. Valid until the decoder's next call.
    public struct Nonzeros {
        public let positions: UnsafeBufferPointer<UInt32>
        public let values: UnsafeRawBufferPointer

        /// Writes each value to its place among the elements of the chunk, which are zero otherwise.
        public func scatter(into elements: UnsafeMutableRawBufferPointer, byteWidth: Int) {
            guard let source = values.baseAddress, let target = elements.baseAddress else { return }
            precondition((positions.last.map { (Int($0) + 1) * byteWidth } ?? 0) <= elements.count, "too few elements")
            MaskScan.scatter(source, positions, byteWidth: byteWidth, into: target)
        }
    }

    /// Decodes all elements, zeros too.
    ///
    /// - Parameter destination: 8-byte aligned room for exactly `elementCount` elements.
    /// - Throws: `malformed` where the bytes are not a chunk of that many elements and non-zeros.
    public func decode(
        _ chunk: UnsafeRawBufferPointer, elementCount: Int, nonzeros: Int, byteWidth: Int,
        into destination: UnsafeMutableRawBufferPointer
    ) throws {
        precondition(destination.count == elementCount * byteWidth, "the destination has another size")
        guard elementCount > 0 else { return try checkEmpty(chunk, nonzeros) }
        if nonzeros == 0 || chunk.isEmpty {
            try checkEmpty(chunk, nonzeros)
            destination.initializeMemory(as: UInt8.self, repeating: 0)
            return
        }
        var parser = try ChunkParser(chunk, elementCount: elementCount, nonzeros: nonzeros)
        if parser.form == .dense {
            try readValues(&parser, elementCount, byteWidth, into: destination.baseAddress!)
            let found = MaskScan.countNonzeros(destination.baseAddress!, count: elementCount, byteWidth: byteWidth)
            guard found == nonzeros else { throw Self.miscounted(found, nonzeros) }
        } else {
            let sparse = try readSparse(&parser, byteWidth)
            destination.initializeMemory(as: UInt8.self, repeating: 0)
            MaskScan.scatter(
                sparse.values.baseAddress!, sparse.positions, byteWidth: byteWidth, into: destination.baseAddress!)
        }
    }

    /// Decodes the non-zero elements alone.
    ///
    /// - Throws: `malformed` where the bytes are not a chunk of that many elements and non-zeros.
    public func decodeNonzeros(
        _ chunk: UnsafeRawBufferPointer, elementCount: Int, nonzeros: Int, byteWidth: Int
    ) throws -> Nonzeros {
        if nonzeros == 0 || chunk.isEmpty {
            try checkEmpty(chunk, nonzeros)
            return Nonzeros(
                positions: UnsafeBufferPointer(start: nil, count: 0),
                values: UnsafeRawBufferPointer(start: nil, count: 0))
        }
        var parser = try ChunkParser(chunk, elementCount: elementCount, nonzeros: nonzeros)
        guard parser.form == .dense else { return try readSparse(&parser, byteWidth) }
        let values = valueScratch.bytes(elementCount * byteWidth)
        try readValues(&parser, elementCount, byteWidth, into: values)
        return try compactDense(values, elementCount, nonzeros, byteWidth)
    }

    private func compactDense(
        _ values: UnsafeMutableRawPointer, _ elementCount: Int, _ nonzeros: Int, _ byteWidth: Int
    ) throws -> Nonzeros {
        let wordCount = (elementCount + 63) / 64
        let words = streamScratch.bytes(wordCount * 8).assumingMemoryBound(to: UInt64.self)
        let elements = UnsafeRawBufferPointer(start: values, count: elementCount * byteWidth)
        let found = MaskScan.buildMask(elements, count: elementCount, byteWidth: byteWidth, words: words)
        guard found == nonzeros else { throw Self.miscounted(found, nonzeros) }
        let positions = positionScratch.bytes(nonzeros * 4).assumingMemoryBound(to: UInt32.self)
        BitmaskCode.positions(words, wordCount: wordCount, into: positions)
        // Packing never writes ahead of where it reads.
        MaskScan.compact(elements, byteWidth: byteWidth, words: words, wordCount: wordCount, into: values)
        return Nonzeros(
            positions: UnsafeBufferPointer(start: positions, count: nonzeros),
            values: UnsafeRawBufferPointer(start: values, count: nonzeros * byteWidth))
    }

    private func readSparse(_ parser: inout ChunkParser, _ byteWidth: Int) throws -> Nonzeros {
        let nonzeros = parser.nonzeros
        let start = positionScratch.bytes(nonzeros * 4).assumingMemoryBound(to: UInt32.self)
        let positions = UnsafeMutableBufferPointer(start: start, count: nonzeros)
        switch parser.form {
        case .golombGaps:
            let (code, bits) = try parser.golomb()
            try code.decode(bits, elementCount: parser.elementCount, into: positions)
        case .gapBytes:
            let length = try parser.gapByteCount()
            let bytes = try bytes(of: try parser.stream(length), length)
            try GapByteCode.decode(bytes, elementCount: parser.elementCount, into: positions)
        case .bitmask, .dense:
            let length = (parser.elementCount + 7) / 8
            let bytes = try bytes(of: try parser.stream(length), length)
            try BitmaskCode.decode(bytes, elementCount: parser.elementCount, into: positions)
        }
        let values = valueScratch.bytes(nonzeros * byteWidth)
        try readValues(&parser, nonzeros, byteWidth, into: values)
        guard MaskScan.countNonzeros(values, count: nonzeros, byteWidth: byteWidth) == nonzeros else {
            throw SparsifyError(.malformed, "A chunk stores a zero among its non-zero elements.")
        }
        return Nonzeros(
            positions: UnsafeBufferPointer(positions),
            values: UnsafeRawBufferPointer(start: values, count: nonzeros * byteWidth))
    }

    private func readValues(
        _ parser: inout ChunkParser, _ count: Int, _ byteWidth: Int, into values: UnsafeMutableRawPointer
    ) throws {
        switch try parser.valueForm() {
        case .interleaved:
            let length = count * byteWidth
            try copy(try parser.stream(length), length, to: values)
        case .planes where byteWidth == 1:
            try copy(try parser.stream(count), count, to: values)
        case .planes:
            let room = streamScratch.bytes(count * byteWidth)
            var planes: [UnsafePointer<UInt8>] = []
            for plane in 0..<byteWidth {
                // A stored plane is read where it lies.
                let stream = try parser.stream(count)
                if stream.codec == .zlib { try copy(stream, count, to: room + plane * count) }
                let base = stream.codec == .zlib ? UnsafeRawPointer(room + plane * count) : stream.bytes.baseAddress!
                planes.append(base.assumingMemoryBound(to: UInt8.self))
            }
            MaskScan.join(planes, count: count, values: values)
        }
        try parser.finish()
    }

    private func copy(_ stream: ChunkParser.Stream, _ length: Int, to target: UnsafeMutableRawPointer) throws {
        switch stream.codec {
        case .stored: target.copyMemory(from: stream.bytes.baseAddress!, byteCount: length)
        case .zlib:
            try inflater.decompress(
                stream.bytes, into: UnsafeMutableRawBufferPointer(start: target, count: length))
        }
    }

    /// The bytes of a stream, decompressed into scratch memory where they have to be.
    private func bytes(of stream: ChunkParser.Stream, _ length: Int) throws -> UnsafeRawBufferPointer {
        guard stream.codec == .zlib else { return stream.bytes }
        let target = streamScratch.bytes(length)
        try copy(stream, length, to: target)
        return UnsafeRawBufferPointer(start: target, count: length)
    }

    private func checkEmpty(_ chunk: UnsafeRawBufferPointer, _ nonzeros: Int) throws {
        guard chunk.isEmpty, nonzeros == 0 else {
            throw SparsifyError(
                .malformed,
                "A chunk has \(chunk.count) bytes but \(nonzeros) non-zero elements; both or none must be 0.")
        }
    }

    static func miscounted(_ found: Int, _ declared: Int) -> SparsifyError {
        SparsifyError(.malformed, "A chunk has \(found) non-zero elements, but \(declared) are declared.")
    }
}
