internal import CZip
internal import ModelIO
internal import Tensors

/// Gives libzip the bytes of a member to pack: a few that are there already, then elements, tile by tile.
final class ZipInput {
    private static let tileElements = 1 << 17

    let name: String
    private let size: Int
    private let width: Int
    private let elementCount: Int
    private let source: TileSource
    private let head: [UInt8]
    private var tile: RawBuffer?
    private var tileBytes = 0
    private var tilePosition = 0
    private var nextElement = 0
    private(set) var failure: (any Error)?

    /// - Parameters:
    ///   - width: bytes of an element.
    ///   - source: called for ascending ranges that together cover the elements.
    init(
        name: String, head: [UInt8], width: Int, elementCount: Int, source: @escaping TileSource
    ) throws(SparsifyError) {
        self.name = name
        self.head = head
        self.source = source
        self.width = width
        self.elementCount = elementCount
        let what = "size of the member '\(name)'"
        size = try Checked.add(head.count, try Checked.multiply(width, elementCount, what), what)
    }

    /// Whoever hands this to libzip keeps the object until the archive is closed.
    var userData: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    static let callback: zip_source_callback = { userData, data, length, command in
        Unmanaged<ZipInput>.fromOpaque(userData!).takeUnretainedValue().answer(command, data, Int(length))
    }

    private static let commands = [
        ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
        ZIP_SOURCE_SUPPORTS,
    ]

    private func answer(_ command: zip_source_cmd_t, _ data: UnsafeMutableRawPointer?, _ length: Int) -> Int64 {
        switch command {
        case ZIP_SOURCE_SUPPORTS: return ZipSource.bitmap(Self.commands)
        case ZIP_SOURCE_STAT: return ZipSource.status(size: size, data, length)
        case ZIP_SOURCE_ERROR: return ZipSource.error(ZIP_ER_READ, data, length)
        case ZIP_SOURCE_OPEN:
            rewind()
            return 0
        case ZIP_SOURCE_CLOSE:
            tile = nil
            return 0
        case ZIP_SOURCE_READ: return read(into: UnsafeMutableRawBufferPointer(start: data, count: length))
        case ZIP_SOURCE_FREE: return 0
        default: return -1
        }
    }

    private func rewind() {
        let first = RawBuffer(byteCount: max(head.count, Self.tileElements * width))
        first.bytes.copyBytes(from: head)
        tile = first
        (tileBytes, tilePosition, nextElement) = (head.count, 0, 0)
    }

    private func read(into buffer: UnsafeMutableRawBufferPointer) -> Int64 {
        guard let tile else { return -1 }
        var done = 0
        while done < buffer.count {
            if tilePosition == tileBytes {
                guard nextElement < elementCount else { break }
                do { try fill(tile) } catch {
                    failure = error
                    return -1
                }
            }
            let count = min(buffer.count - done, tileBytes - tilePosition)
            UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + count]).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: tile.bytes[tilePosition..<tilePosition + count]))
            done += count
            tilePosition += count
        }
        return Int64(done)
    }

    private func fill(_ tile: RawBuffer) throws {
        let range = nextElement..<min(nextElement + Self.tileElements, elementCount)
        tileBytes = range.count * width
        try source(range, UnsafeMutableRawBufferPointer(rebasing: tile.bytes[..<tileBytes]))
        tilePosition = 0
        nextElement = range.upperBound
    }
}
