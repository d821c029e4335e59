internal import ModelIO
internal import SPMFormat
internal import SparseCoding
internal import Tensors

/// How the file that a report is on keeps its tensors.
enum TensorStorage {
    /// The file that a reader reads.
    case open(any ModelReader)
    /// A file that this writer would have made.
    case measured(SPMWriter, path: String)
    /// A file of which nobody knows more than what the values take.
    case guessed(path: String, formatID: String, tensors: [TensorInfo])

    var path: String {
        switch self {
        case .open(let reader): reader.path
        case .measured(_, let path), .guessed(let path, _, _): path
        }
    }

    var formatID: String {
        switch self {
        case .open(let reader): reader.formatID
        case .measured: "spm"
        case .guessed(_, let formatID, _): formatID
        }
    }

    var fileBytes: Int {
        switch self {
        case .open(let reader): reader.fileSize
        case .measured(let writer, _): writer.byteCount
        case .guessed(_, _, let tensors): tensors.reduce(0) { $0 + $1.byteCount }
        }
    }

    /// Bytes of a tensor in the file, where known.
    func bytes(_ index: Int) -> Int? {
        switch self {
        case .open(let reader): reader.tensors[index].storedBytes
        case .measured(let writer, _): writer.ledger(index).totalBytes
        case .guessed(_, _, let tensors): tensors[index].byteCount
        }
    }

    /// Where the bytes of a tensor go; nil where the format has no such parts.
    func ledger(_ index: Int) throws -> ChunkLedger? {
        switch self {
        case .open(let reader):
            let (file, place) = reader.origin(index)
            return try (file as? SPMReader)?.ledger(place)
        case .measured(let writer, _): return writer.ledger(index)
        case .guessed: return nil
        }
    }

    /// The count of non-zeros that the file claims.
    func nonzeros(_ index: Int) -> Int? {
        switch self {
        case .open(let reader): reader.claimedNonzeros(index)
        case .measured(let writer, _): writer.nonzeros(index)
        case .guessed: nil
        }
    }
}
