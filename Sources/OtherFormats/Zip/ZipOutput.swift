internal import CZip
internal import ModelIO
internal import Tensors

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Lets libzip write a new archive through an output sink, so that no other temporary file comes to be.
final class ZipOutput {
    private let sink: any OutputSink
    private var position = 0
    private var end = 0
    private(set) var failure: (any Error)?

    init(_ sink: any OutputSink) { self.sink = sink }

    /// Whoever hands this to libzip keeps the object until the archive is closed.
    var userData: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    static let callback: zip_source_callback = { userData, data, length, command in
        Unmanaged<ZipOutput>.fromOpaque(userData!).takeUnretainedValue().answer(command, data, Int(length))
    }

    private static let commands = [
        ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
        ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_BEGIN_WRITE, ZIP_SOURCE_COMMIT_WRITE, ZIP_SOURCE_ROLLBACK_WRITE,
        ZIP_SOURCE_WRITE, ZIP_SOURCE_SEEK_WRITE, ZIP_SOURCE_TELL_WRITE, ZIP_SOURCE_SUPPORTS, ZIP_SOURCE_REMOVE,
    ]

    private func answer(_ command: zip_source_cmd_t, _ data: UnsafeMutableRawPointer?, _ length: Int) -> Int64 {
        switch command {
        case ZIP_SOURCE_SUPPORTS: return ZipSource.bitmap(Self.commands)
        case ZIP_SOURCE_STAT: return ZipSource.status(size: end, data, length)
        case ZIP_SOURCE_ERROR: return ZipSource.error(ZIP_ER_WRITE, data, length)
        case ZIP_SOURCE_TELL_WRITE: return Int64(position)
        case ZIP_SOURCE_SEEK_WRITE: return seek(data, length)
        case ZIP_SOURCE_WRITE: return write(UnsafeRawBufferPointer(start: data, count: length))
        case ZIP_SOURCE_SEEK, ZIP_SOURCE_REMOVE: return -1
        default: return 0
        }
    }

    private func seek(_ data: UnsafeMutableRawPointer?, _ length: Int) -> Int64 {
        guard let data, length >= MemoryLayout<zip_source_args_seek_t>.size else { return -1 }
        let wanted = data.load(as: zip_source_args_seek_t.self)
        let start =
            switch wanted.whence {
            case SEEK_SET: 0
            case SEEK_CUR: position
            default: end
            }
        guard (0...end).contains(start + Int(wanted.offset)) else { return -1 }
        position = start + Int(wanted.offset)
        return 0
    }

    private func write(_ bytes: UnsafeRawBufferPointer) -> Int64 {
        do throws(SparsifyError) {
            let replaced = min(bytes.count, end - position)
            if replaced > 0 { try sink.write(UnsafeRawBufferPointer(rebasing: bytes[..<replaced]), at: position) }
            if replaced < bytes.count { try sink.write(UnsafeRawBufferPointer(rebasing: bytes[replaced...])) }
            position += bytes.count
            end = max(end, position)
            return Int64(bytes.count)
        } catch {
            failure = error
            return -1
        }
    }
}
