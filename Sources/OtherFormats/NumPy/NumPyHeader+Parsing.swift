public import Tensors

extension NumPyHeader {
    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    /// NumPy's own bound on the text of a header that it does not trust.
    static let maximumTextLength = 10_000
    /// Bytes that are enough to parse any header that is read.
    static let maximumByteCount = 12 + maximumTextLength

    /// Reads the header that `head` begins with.
    ///
    /// - Parameter head: the first bytes of a file; all of it, or at least 10,012.
    /// - Returns: the header, and its length in bytes, which is where the elements begin.
    /// - Throws: `unknownFormat` where it is no `.npy`, `unsupported` or `refused` where elements are of a type that
    ///   is not read, `limit` above 10,000 bytes of text, else `malformed`; with the offset.
    public static func parse(_ head: [UInt8]) throws(SparsifyError) -> (header: NumPyHeader, byteCount: Int) {
        guard head.starts(with: magic) else {
            throw SparsifyError(.unknownFormat, "This is not a NumPy array: it does not begin with \\x93NUMPY.")
        }
        var reader = ByteReader(head)
        _ = try reader.raw(magic.count, "magic")
        let (major, minor): (UInt8, UInt8) = (try reader.integer("version"), try reader.integer("version"))
        guard let version = Version(rawValue: major), minor == 0 else {
            throw SparsifyError(
                .unsupported, "The version of the format is \(major).\(minor); 1.0, 2.0 and 3.0 are known.",
                offset: magic.count)
        }
        let length =
            version == .v1
            ? Int(try reader.integer("header length", as: UInt16.self))
            : Int(try reader.integer("header length", as: UInt32.self))
        guard length <= maximumTextLength else {
            throw SparsifyError(
                .limit, "The header has \(length) bytes, more than the limit of \(maximumTextLength).",
                offset: reader.position)
        }
        let start = reader.position
        let text = try reader.raw(length, "header")
        // Python 2 wrote long integers as 3L, and never anything later than version 2.
        var parser = HeaderTextParser(text, fileOffset: start, allowsLongIntegers: version != .v3)
        let fields = try parser.parse()
        do {
            let descriptor = try NumPyDescriptor(parsing: fields.descriptor)
            let header = try NumPyHeader(
                elementType: descriptor.elementType, shape: try Shape(fields.extents),
                isFortranOrder: fields.isFortranOrder, isBigEndian: descriptor.isBigEndian)
            return (header, reader.position)
        } catch {
            var failure = error
            failure.offset = start
            throw failure
        }
    }
}
