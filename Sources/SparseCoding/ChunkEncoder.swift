internal import Tensors

/// A chunk in its stored form.
public struct EncodedChunk: Sendable {
    /// Empty where every element is zero.
    public var bytes: [UInt8]
    public var nonzeros: Int
    public var checksum: UInt32
}

/// Encodes runs of elements into chunks, each by the smallest of the forms that its contents leave in question.
///
/// One encoder serves one thread; its memory is reused from chunk to chunk.
public final class ChunkEncoder {
    private let coder = StreamCoder()
    private let maskScratch = Scratch()
    private let gapScratch = Scratch()
    private let valueScratch = Scratch()
    private let planeScratch = Scratch()
    private let indexScratch = Scratch()

    public init() {}

    /// Encodes `elements`, little-endian, at most `ChunkLimits.maximumElements` of them, 8-byte aligned.
    public func encode(_ elements: UnsafeRawBufferPointer, byteWidth: Int) -> EncodedChunk {
        let count = elements.count / byteWidth
        precondition(count <= ChunkLimits.maximumElements, "a chunk has too many elements")
        let wordCount = (count + 63) / 64
        let words = maskScratch.bytes(wordCount * 8).assumingMemoryBound(to: UInt64.self)
        let nonzeros =
            count == 0 ? 0 : MaskScan.buildMask(elements, count: count, byteWidth: byteWidth, words: words)
        guard nonzeros > 0 else { return EncodedChunk(bytes: [], nonzeros: 0, checksum: crc32([])) }

        var bytes: [UInt8]
        if nonzeros == count {
            bytes = dense(elements, count, byteWidth)
        } else {
            bytes = sparse(elements, count, byteWidth, UnsafePointer(words), wordCount, nonzeros)
            // Where few elements are zero, or elements are small, an index may cost more than the zeros.
            if byteWidth == 1 || nonzeros > count - count / 8 {
                let alternative = dense(elements, count, byteWidth)
                if alternative.count <= bytes.count { bytes = alternative }
            }
        }
        return EncodedChunk(bytes: bytes, nonzeros: nonzeros, checksum: crc32(bytes))
    }

    private func dense(_ elements: UnsafeRawBufferPointer, _ count: Int, _ byteWidth: Int) -> [UInt8] {
        var writer = ByteWriter()
        writer.integer(IndexForm.dense.rawValue)
        appendValues(elements.baseAddress!, count, byteWidth, to: &writer)
        return writer.bytes
    }

    private func sparse(
        _ elements: UnsafeRawBufferPointer, _ count: Int, _ byteWidth: Int, _ words: UnsafePointer<UInt64>,
        _ wordCount: Int, _ nonzeros: Int
    ) -> [UInt8] {
        var writer = ByteWriter()
        appendIndex(count, words, wordCount, nonzeros, to: &writer)
        let values = valueScratch.bytes(nonzeros * byteWidth)
        MaskScan.compact(elements, byteWidth: byteWidth, words: words, wordCount: wordCount, into: values)
        appendValues(values, nonzeros, byteWidth, to: &writer)
        return writer.bytes
    }

    // MARK: Index

    private func appendIndex(
        _ count: Int, _ words: UnsafePointer<UInt64>, _ wordCount: Int, _ nonzeros: Int, to writer: inout ByteWriter
    ) {
        let gaps = gapScratch.bytes(nonzeros * 4).assumingMemoryBound(to: UInt32.self)
        MaskScan.gaps(words, wordCount: wordCount, into: gaps)
        let statistics = GapStatistics(UnsafeBufferPointer(start: gaps, count: nonzeros))
        let golomb = statistics.bestGolomb()

        var best = Index(form: .golombGaps, size: golomb.bytes)
        // A bitmask costs count/8 bytes at the most; gaps cost less once three in four elements are zero.
        if nonzeros >= count / 4 || golomb.bytes * 8 >= count {
            let mask = UnsafeRawBufferPointer(start: words, count: (count + 7) / 8)
            let stream = coder.encode(mask)
            if stream.count < best.size { best = Index(form: .bitmask, size: stream.count, stream: stream) }
        }
        if statistics.gapByteEstimate < best.size {
            let stream = coder.encode(gapBytes(gaps, nonzeros, statistics.gapByteCount))
            if stream.count < best.size { best = Index(form: .gapBytes, size: stream.count, stream: stream) }
        }

        writer.integer(best.form.rawValue)
        if let stream = best.stream {
            if best.form == .gapBytes { writer.varint(statistics.gapByteCount) }
            stream.append(to: &writer)
        } else {
            appendGolomb(gaps, nonzeros, golomb, to: &writer)
        }
    }

    private struct Index {
        var form: IndexForm
        var size: Int
        var stream: CodedStream?
    }

    private func gapBytes(
        _ gaps: UnsafePointer<UInt32>, _ nonzeros: Int, _ byteCount: Int
    ) -> UnsafeRawBufferPointer {
        let base = indexScratch.bytes(byteCount)
        let bytes = base.assumingMemoryBound(to: UInt8.self)
        var output = 0
        for index in 0..<nonzeros {
            var gap = gaps[index]
            while gap >= 255 {
                bytes[output] = 255
                output += 1
                gap -= 255
            }
            bytes[output] = UInt8(truncatingIfNeeded: gap)
            output += 1
        }
        return UnsafeRawBufferPointer(start: base, count: byteCount)
    }

    private func appendGolomb(
        _ gaps: UnsafePointer<UInt32>, _ nonzeros: Int, _ golomb: GapStatistics.Golomb, to writer: inout ByteWriter
    ) {
        // The bit writer stores whole words, so give it room past the end.
        let base = indexScratch.bytes(golomb.bytes + 8)
        let written = GolombCode(divisor: golomb.divisor).encode(
            UnsafeBufferPointer(start: gaps, count: nonzeros), into: base.assumingMemoryBound(to: UInt8.self))
        precondition(written == golomb.bytes, "the gaps took another size than was computed")
        writer.varint(golomb.divisor)
        writer.varint(written)
        writer.raw(UnsafeRawBufferPointer(start: base, count: written))
    }

    // MARK: Values

    private func appendValues(_ values: UnsafeRawPointer, _ count: Int, _ byteWidth: Int, to writer: inout ByteWriter) {
        let whole = UnsafeRawBufferPointer(start: values, count: count * byteWidth)
        let planes = planeScratch.bytes(whole.count)
        MaskScan.split(
            values, count: count, byteWidth: byteWidth, planes: planes.assumingMemoryBound(to: UInt8.self))
        let repeats = coder.hasRepeats(whole, width: byteWidth)
        let streams = (0..<byteWidth).map { plane in
            coder.encode(UnsafeRawBufferPointer(start: planes + plane * count, count: count), repeats: repeats)
        }
        let planeBytes = streams.reduce(0) { $0 + $1.count }
        // Repeats of whole elements are seen best when the elements are whole.
        if byteWidth > 1, repeats, planeBytes > 64, let matched = coder.encodeMatching(whole, below: planeBytes) {
            writer.integer(ValueForm.interleaved.rawValue)
            matched.append(to: &writer)
        } else {
            writer.integer(ValueForm.planes.rawValue)
            for stream in streams { stream.append(to: &writer) }
        }
    }
}
