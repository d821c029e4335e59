/// How a chunk says where its non-zero elements lie. Raw values are the codes of the `.spm` specification.
public enum IndexForm: UInt8, CaseIterable, Sendable, Hashable {
    /// No index: every element is stored, zeros too.
    case dense = 0
    /// CSR columns as gaps, one byte each with an escape, as a byte stream.
    case gapBytes = 1
    /// CSR columns as gaps in a Golomb code.
    case golombGaps = 2
    /// One bit an element, as a byte stream.
    case bitmask = 3

    /// The name that reports use.
    public var name: String {
        switch self {
        case .dense: "dense"
        case .gapBytes: "csr"
        case .golombGaps: "csr-golomb"
        case .bitmask: "bitmask"
        }
    }
}

/// How a chunk lays out its stored values.
enum ValueForm: UInt8 {
    /// One stream per byte of the element, least significant first.
    case planes = 0
    /// One stream of whole elements.
    case interleaved = 1
}

/// Where the bytes of a chunk, or of many, go.
public struct ChunkLedger: Sendable, Hashable {
    public var valueBytes = 0
    public var indexBytes = 0
    /// Headers of the chunk and its streams.
    public var overheadBytes = 0
    /// Chunks by index form; all-zero chunks take no bytes and have none.
    public var forms: [IndexForm: Int] = [:]

    public init() {}

    public var totalBytes: Int { valueBytes + indexBytes + overheadBytes }

    public static func += (left: inout ChunkLedger, right: ChunkLedger) {
        left.valueBytes += right.valueBytes
        left.indexBytes += right.indexBytes
        left.overheadBytes += right.overheadBytes
        left.forms.merge(right.forms, uniquingKeysWith: +)
    }
}

/// Bounds on the work of one chunk.
public enum ChunkLimits {
    /// The most elements that one chunk covers; positions inside fit 32 bits with room, and memory stays bounded.
    public static let maximumElements = 1 << 22
    /// Kept elements that a chunk aims at: enough for code tables to pay, few enough to decode alone.
    static let targetNonzeros = 1 << 16
    /// Chunks are multiples of this many elements.
    public static let granule = 1 << 16

    /// Elements per chunk for a tensor of `elementCount` elements with `nonzeros` non-zero ones: about 65,536 kept
    /// elements a chunk.
    public static func elementsPerChunk(elementCount: Int, nonzeros: Int) -> Int {
        let kept = max(nonzeros, 1)
        let ideal = targetNonzeros * min(max(elementCount / kept, 1), maximumElements / targetNonzeros)
        let rounded = (ideal + granule - 1) / granule * granule
        return max(1, min(rounded, elementCount))
    }
}
