internal import CSparsify
internal import Tensors

extension SparsifyError.Code {
    var status: sparsify_status {
        switch self {
        case .usage: SPARSIFY_USAGE
        case .io: SPARSIFY_IO
        case .unknownFormat: SPARSIFY_UNKNOWN_FORMAT
        case .malformed: SPARSIFY_MALFORMED
        case .refused: SPARSIFY_REFUSED
        case .limit: SPARSIFY_LIMIT
        case .unsupported: SPARSIFY_UNSUPPORTED
        case .disagreement: SPARSIFY_DISAGREEMENT
        case .cancelled: SPARSIFY_CANCELLED
        case .numerical: SPARSIFY_FAILED
        }
    }
}

/// Runs the body of a C function: what it throws becomes a status and a text.
func reporting(
    to place: UnsafeMutablePointer<sparsify_error>?, _ body: () throws -> Void
) -> sparsify_status {
    do {
        try body()
        write("", to: place)
        return SPARSIFY_OK
    } catch let error as SparsifyError {
        write(error.description, to: place)
        return error.code.status
    } catch {
        write(printable("\(error)"), to: place)
        return SPARSIFY_FAILED
    }
}

/// What of the text has place, cut between characters.
private func write(_ text: String, to place: UnsafeMutablePointer<sparsify_error>?) {
    guard let place else { return }
    withUnsafeMutableBytes(of: &place.pointee.message) { message in
        var end = 0
        for character in text {
            let bytes = character.utf8
            guard end + bytes.count < message.count else { break }
            for byte in bytes {
                message[end] = byte
                end += 1
            }
        }
        message[end] = 0
    }
}
