internal import SparseCoding
internal import Tensors

/// The fixed first 64 bytes of a `.spm` file.
struct Preamble {
    /// In the manner of PNG: a byte outside ASCII, the name, and line ends that text transfers would damage.
    static let magic: [UInt8] = [0x89, 0x53, 0x50, 0x4d, 0x0d, 0x0a, 0x1a, 0x0a]
    static let byteCount = 64
    static let endMark: [UInt8] = Array("SPMEND\r\n".utf8)
    static let majorVersion: UInt16 = 1
    static let minorVersion: UInt16 = 0
    /// Feature bits that this reader knows; version 1.0 defines none.
    static let knownFeatures: UInt64 = 0

    var fileLength: Int
    var indexOffset: Int
    /// Bytes of the index in the file, and once decoded; equal where it is stored uncompressed.
    var indexStoredBytes: Int
    var indexBytes: Int
    var indexChecksum: UInt32

    var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.raw(Self.magic)
        writer.integer(Self.majorVersion)
        writer.integer(Self.minorVersion)
        writer.integer(UInt32(0))
        writer.integer(UInt64(0))
        writer.integer(UInt64(0))
        writer.integer(UInt64(fileLength))
        writer.integer(UInt64(indexOffset))
        writer.integer(UInt32(indexStoredBytes))
        writer.integer(UInt32(indexBytes))
        writer.integer(indexChecksum)
        writer.integer(crc32(writer.bytes))
        return writer.bytes
    }

    init(fileLength: Int, indexOffset: Int, indexStoredBytes: Int, indexBytes: Int, indexChecksum: UInt32) {
        self.fileLength = fileLength
        self.indexOffset = indexOffset
        self.indexStoredBytes = indexStoredBytes
        self.indexBytes = indexBytes
        self.indexChecksum = indexChecksum
    }

    /// - Throws: `malformed` where the bytes break the specification, `unsupported` where they follow a later one.
    init(_ bytes: [UInt8], fileSize: Int) throws {
        guard bytes.count == Self.byteCount else {
            throw SparsifyError(
                .malformed, "The file has \(fileSize) bytes, but the preamble alone takes \(Self.byteCount).",
                remedy: "It is truncated.")
        }
        var reader = ByteReader(bytes)
        guard try reader.raw(8, "magic") == Self.magic else {
            throw SparsifyError(.unknownFormat, "The file does not begin with the signature of a .spm file.")
        }
        let major: UInt16 = try reader.integer("major version")
        guard major == Self.majorVersion else {
            throw SparsifyError(
                .unsupported, "The file is of version \(major) of the .spm format; version 1 is supported.",
                remedy: "Update sparsify.")
        }
        let _: UInt16 = try reader.integer("minor version")
        let reserved: UInt32 = try reader.integer("reserved field")
        let required: UInt64 = try reader.integer("required features")
        let _: UInt64 = try reader.integer("optional features")
        let length: UInt64 = try reader.integer("file length")
        let offset: UInt64 = try reader.integer("index offset")
        let stored: UInt32 = try reader.integer("stored length of the index")
        let decoded: UInt32 = try reader.integer("length of the index")
        indexChecksum = try reader.integer("checksum of the index")
        let checksum: UInt32 = try reader.integer("checksum of the preamble")
        guard checksum == crc32(Array(bytes[..<60])) else {
            throw SparsifyError(
                .malformed, "The preamble does not match its checksum.", offset: 60, remedy: "The file is damaged.")
        }
        guard reserved == 0 else {
            throw SparsifyError(.malformed, "A reserved field of the preamble is not zero.", offset: 12)
        }
        guard required & ~Self.knownFeatures == 0 else {
            throw SparsifyError(
                .unsupported,
                "The file needs features (bits \(String(required & ~Self.knownFeatures, radix: 16))) that are not known here.",
                offset: 16, remedy: "Update sparsify.")
        }
        fileLength = try Checked.int(length, "file length")
        indexOffset = try Checked.int(offset, "index offset")
        indexStoredBytes = Int(stored)
        indexBytes = Int(decoded)
        try validate(fileSize: fileSize)
    }

    private func validate(fileSize: Int) throws {
        guard fileLength == fileSize else {
            throw SparsifyError(
                .malformed, "The file has \(fileSize) bytes, but says that it has \(fileLength).", offset: 32,
                remedy: "It is truncated or something was added to it.")
        }
        guard indexBytes <= SPMLimits.maximumIndexBytes, indexStoredBytes <= indexBytes, indexStoredBytes > 0 else {
            throw SparsifyError(
                .malformed,
                "The index declares \(indexStoredBytes) bytes stored and \(indexBytes) decoded; at most "
                    + "\(SPMLimits.maximumIndexBytes) are allowed, and storing never takes more.", offset: 48)
        }
        let tail = indexStoredBytes + Self.endMark.count
        guard indexOffset >= Self.byteCount, fileLength >= tail, indexOffset == fileLength - tail else {
            throw SparsifyError(
                .malformed, "The index is said to lie at byte \(indexOffset), which is not where it must end the file.",
                offset: 40)
        }
    }
}
