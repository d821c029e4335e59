internal import Tensors

/// Walks the headers of a chunk, handing out its streams still coded.
struct ChunkParser {
    let form: IndexForm
    let elementCount: Int
    let nonzeros: Int
    private let chunk: UnsafeRawBufferPointer
    private var position: Int

    struct Stream {
        var codec: StreamCodec
        var bytes: UnsafeRawBufferPointer
    }

    init(_ chunk: UnsafeRawBufferPointer, elementCount: Int, nonzeros: Int) throws {
        guard elementCount <= ChunkLimits.maximumElements, nonzeros <= elementCount, !chunk.isEmpty else {
            throw SparsifyError(
                .malformed,
                "A chunk declares \(nonzeros) non-zeros among \(elementCount) elements in \(chunk.count) bytes.")
        }
        guard let form = IndexForm(rawValue: chunk[0]) else {
            throw SparsifyError(.malformed, "A chunk has the unknown index form \(chunk[0]).")
        }
        self.form = form
        self.elementCount = elementCount
        self.nonzeros = nonzeros
        self.chunk = chunk
        position = 1
    }

    private mutating func byte() throws -> UInt8 {
        guard position < chunk.count else { throw Self.truncated }
        defer { position += 1 }
        return chunk[position]
    }

    private mutating func varint() throws -> Int {
        var value = 0
        var shift = 0
        while true {
            let next = try byte()
            guard shift < 35, shift == 0 || next != 0 else {
                throw SparsifyError(.malformed, "A length in a chunk is not a short variable-length integer.")
            }
            value |= Int(next & 0x7f) << shift
            if next & 0x80 == 0 { return value }
            shift += 7
        }
    }

    private mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
        guard count <= chunk.count - position else { throw Self.truncated }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: chunk[position..<position + count])
    }

    /// A byte stream of `length` bytes once decoded.
    mutating func stream(_ length: Int) throws -> Stream {
        let code = try byte()
        guard let codec = StreamCodec(rawValue: code) else {
            throw SparsifyError(.malformed, "A chunk has a stream in the unknown codec \(code).")
        }
        let stored = codec == .stored ? length : try varint()
        return Stream(codec: codec, bytes: try take(stored))
    }

    mutating func gapByteCount() throws -> Int {
        let count = try varint()
        guard count >= nonzeros, count <= nonzeros + elementCount / 255 else {
            throw SparsifyError(
                .malformed, "A chunk declares \(count) bytes of gaps for \(nonzeros) of \(elementCount) elements.")
        }
        return count
    }

    mutating func golomb() throws -> (GolombCode, UnsafeRawBufferPointer) {
        let divisor = try varint()
        guard (1...GolombCode.maximumDivisor).contains(divisor) else {
            throw SparsifyError(.malformed, "A chunk has the Golomb divisor \(divisor).")
        }
        return (GolombCode(divisor: divisor), try take(try varint()))
    }

    mutating func valueForm() throws -> ValueForm {
        let code = try byte()
        guard let form = ValueForm(rawValue: code) else {
            throw SparsifyError(.malformed, "A chunk has the unknown value form \(code).")
        }
        return form
    }

    func finish() throws {
        guard position == chunk.count else {
            throw SparsifyError(.malformed, "\(chunk.count - position) bytes follow the last stream of a chunk.")
        }
    }

    private static var truncated: SparsifyError {
        SparsifyError(.malformed, "A chunk ends before its last stream.")
    }
}

extension ChunkLedger {
    /// Where the bytes of a stored chunk go, from its headers alone.
    ///
    /// - Throws: `malformed` where the headers do not fit together.
    public init(
        of chunk: UnsafeRawBufferPointer, elementCount: Int, nonzeros: Int, byteWidth: Int
    ) throws {
        self.init()
        guard !chunk.isEmpty else { return }
        var parser = try ChunkParser(chunk, elementCount: elementCount, nonzeros: nonzeros)
        var values = nonzeros
        switch parser.form {
        case .dense: values = elementCount
        case .golombGaps: indexBytes = try parser.golomb().1.count
        case .gapBytes: indexBytes = try parser.stream(try parser.gapByteCount()).bytes.count
        case .bitmask: indexBytes = try parser.stream((elementCount + 7) / 8).bytes.count
        }
        switch try parser.valueForm() {
        case .planes:
            for _ in 0..<byteWidth { valueBytes += try parser.stream(values).bytes.count }
        case .interleaved: valueBytes = try parser.stream(values * byteWidth).bytes.count
        }
        try parser.finish()
        overheadBytes = chunk.count - valueBytes - indexBytes
        forms = [parser.form: 1]
    }
}
