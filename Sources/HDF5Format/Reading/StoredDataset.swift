internal import CHDF5
internal import ModelIO
internal import Tensors

/// Where and how a dataset keeps its elements: all that reading them takes.
struct StoredDataset: Sendable {
    var path: String
    var dimensions: [Int]
    /// Bytes of one element in the file; for variable-length elements those of the descriptor.
    var elementSize: Int
    var isVariableLength: Bool
    /// The value of elements never written.
    var fill: [UInt8]
    var storage: Storage

    enum Storage: Sendable, Hashable {
        /// Nothing was ever written: every element is the fill value.
        case absent
        /// One run of plain bytes at this offset of the file.
        case contiguous(offset: Int)
        /// In the object's header.
        case compact
        case chunked(ChunkGrid)
    }

    /// Checked when the dataset was found.
    var elementCount: Int { dimensions.reduce(1, *) }
    var byteCount: Int { elementCount * elementSize }
}

/// How a dataset is cut into chunks, and what was done to each.
struct ChunkGrid: Sendable, Hashable {
    var chunk: [Int]
    /// In the order in which they were applied when writing.
    var filters: [StoredFilter]
    /// Chunks that stick out over the edge are stored unfiltered.
    var leavesEdgesUnfiltered: Bool
}

/// A filter of the pipeline, as reading needs it.
enum StoredFilter: Sendable, Hashable {
    case deflate(level: Int)
    /// Bytes of the elements that were shuffled.
    case shuffle(width: Int)
    case fletcher32

    var declared: DatasetProperties.Filter {
        switch self {
        case .deflate(let level): .deflate(level: level)
        case .shuffle: .shuffle
        case .fletcher32: .fletcher32
        }
    }
}
