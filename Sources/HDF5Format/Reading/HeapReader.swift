internal import ModelIO
internal import Tensors

/// Reads variable-length elements from the file's global heaps.
///
/// libhdf5 believes the lengths it finds there and allocates for them. Here each is checked against the heap object
/// that holds it, and the object against the file.
struct HeapReader {
    private let file: SourceFile
    /// Objects of the collections met so far, by address and index.
    private var collections: [Int: [Int: Range<Int>]] = [:]

    init(file: SourceFile) {
        self.file = file
    }

    /// The blocks that `descriptors` lead to.
    ///
    /// - Parameter elementSize: bytes of one element of a sequence; nil for strings, which end at their first NUL.
    mutating func blocks(
        _ descriptors: [UInt8], elementSize: Int?, budget: inout MetadataBudget, _ what: String
    ) throws -> [[UInt8]?] {
        var reader = ByteReader(descriptors)
        var result: [[UInt8]?] = []
        result.reserveCapacity(descriptors.count / file.descriptorSize)
        while !reader.isAtEnd {
            let length = Int(try reader.integer("length", as: UInt32.self))
            let address = try reader.unsigned(width: file.addressWidth, "heap address")
            let index = Int(try reader.integer("heap index", as: UInt32.self))
            guard address != 0 else {
                result.append(nil)
                continue
            }
            let count = try Checked.multiply(length, elementSize ?? 1, "length of \(what)")
            let object = try object(index, at: address, what)
            guard count <= object.count else {
                throw malformed("\(what) says it has \(count) bytes, but \(object.count) are stored", at: address)
            }
            try budget.take(count, what)
            let bytes = try file.bytes.bytes(at: object.lowerBound, count: count)
            result.append(elementSize == nil ? Array(bytes.prefix { $0 != 0 }) : bytes)
        }
        return result
    }

    private func malformed(_ message: String, at address: UInt64) -> SparsifyError {
        SparsifyError(
            .malformed, "\(message).", file: file.path, offset: Int(exactly: address), remedy: "The file is damaged.")
    }

    private mutating func object(_ index: Int, at address: UInt64, _ what: String) throws -> Range<Int> {
        guard let address = Int(exactly: address), address < file.size else {
            throw malformed("\(what) lies past the end of the file", at: address)
        }
        let start = try Checked.add(address, file.baseAddress, "heap address")
        let objects = try collections[start] ?? directory(at: start)
        collections[start] = objects
        guard let object = objects[index] else {
            throw malformed("\(what) is number \(index) of a heap that has no such object", at: UInt64(start))
        }
        return object
    }

    /// Lists a collection: magic, version, three unused bytes, size; then objects of index, use count, four unused
    /// bytes, size and contents, padded to eight bytes. Index 0 is the free space at the end.
    private func directory(at start: Int) throws -> [Int: Range<Int>] {
        let headerSize = 8 + file.lengthWidth
        var header = ByteReader(try file.bytes.bytes(at: start, count: headerSize), fileOffset: start)
        guard try header.raw(4, "heap signature") == Array("GCOL".utf8) else {
            throw malformed("No heap of variable-length values is where one should be", at: UInt64(start))
        }
        _ = try header.raw(4, "heap version")
        let size = try Checked.int(try header.unsigned(width: file.lengthWidth, "heap size"), "heap size")
        guard size >= headerSize, size <= file.size - start else {
            throw malformed("A heap of \(size) bytes does not fit in the file", at: UInt64(start))
        }
        var objects: [Int: Range<Int>] = [:]
        let objectHeaderSize = 8 + file.lengthWidth
        var position = start + headerSize
        let end = start + size
        while end - position >= objectHeaderSize {
            var reader = ByteReader(
                try file.bytes.bytes(at: position, count: objectHeaderSize), fileOffset: position)
            let index = Int(try reader.integer("heap index", as: UInt16.self))
            guard index != 0 else { break }
            _ = try reader.raw(6, "heap object")
            let count = try Checked.int(try reader.unsigned(width: file.lengthWidth, "object size"), "object size")
            position += objectHeaderSize
            guard count <= end - position else {
                throw malformed("A value of \(count) bytes does not fit in its heap", at: UInt64(position))
            }
            objects[index] = position..<position + count
            position += min((count + 7) & ~7, end - position)
        }
        return objects
    }
}

extension ByteReader {
    /// A little-endian number of 2, 4 or 8 bytes.
    fileprivate mutating func unsigned(width: Int, _ what: String) throws(SparsifyError) -> UInt64 {
        switch width {
        case 2: UInt64(try integer(what, as: UInt16.self))
        case 4: UInt64(try integer(what, as: UInt32.self))
        default: try integer(what, as: UInt64.self)
        }
    }
}
