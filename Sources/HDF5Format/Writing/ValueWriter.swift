internal import CHDF5
internal import ModelIO
internal import Tensors

/// Writes attributes and datasets that are kept whole.
struct ValueWriter {
    /// An object header holds no message that is larger, so neither such an attribute.
    static let attributeLimit = 64_512

    static func space(_ extent: DataValue.Extent, maximum: [Int]? = nil) throws -> Handle {
        switch extent {
        case .null: return try Handle("make a null dataspace") { H5Screate(H5S_NULL) }
        case .scalar: return try Handle("make a scalar dataspace") { H5Screate(H5S_SCALAR) }
        case .simple(let dimensions):
            guard dimensions.count <= Int(H5S_MAX_RANK) else {
                throw SparsifyError(
                    .unsupported, "HDF5 stores at most \(H5S_MAX_RANK) dimensions, not \(dimensions.count).")
            }
            _ = try Shape(dimensions)
            let current = dimensions.map { hsize_t($0) }
            let bounds = maximum.map { $0.map { $0 < 0 ? chdf5_unlimited() : hsize_t($0) } } ?? current
            return try Handle("make a dataspace") { H5Screate_simple(Int32(current.count), current, bounds) }
        }
    }

    private static func elementCount(_ extent: DataValue.Extent) throws -> Int {
        switch extent {
        case .null: 0
        case .scalar: 1
        case .simple(let dimensions): try Shape(dimensions).elementCount
        }
    }

    // MARK: Attributes

    /// - Parameter isLarge: whether the object can hold attributes of any size.
    static func write(_ attribute: Attribute, to object: Handle, path: String, isLarge: Bool) throws {
        let what = "the attribute '\(attribute.name)' of '/\(path)'"
        guard !attribute.name.isEmpty, !attribute.name.utf8.contains(0) else {
            throw SparsifyError(.refused, "'/\(path)' has an attribute whose name is empty or has a NUL character.")
        }
        let value = isLarge ? attribute.value : storable(attribute.value)
        let type = try TypeMaker(value.type)
        let space = try space(value.extent)
        let names = try Handle.nameEncoding(for: attribute.name, chdf5_attribute_creation)
        do {
            let handle = try Handle("create \(what)") {
                H5Acreate2(object.id, attribute.name, type.handle.id, space.id, names.id, hid_t(H5P_DEFAULT))
            }
            try write(value, type, what) { H5Awrite(handle.id, type.handle.id, $0) }
        } catch let error as SparsifyError {
            let bytes = try Checked.multiply(try elementCount(value.extent), type.size, "size of \(what)")
            guard bytes > attributeLimit, error.message.contains("HDF5 could not") else { throw error }
            throw SparsifyError(
                .unsupported, "HDF5's oldest file version cannot store \(what), of \(bytes) bytes.",
                remedy: "Store it as a variable-length string, or split it as Keras does.")
        }
    }

    /// Fixed-length strings too large for an attribute as variable-length ones, which lie outside of it.
    private static func storable(_ value: DataValue) -> DataValue {
        guard case .fixedString(_, let padding, let characters) = value.type, case .bytes(let bytes) = value.payload,
            bytes.count > attributeLimit, let strings = value.strings
        else { return value }
        return DataValue(
            type: .variableString(padding: padding, characterSet: characters), extent: value.extent,
            payload: .blocks(strings.map { Array($0.utf8) }))
    }

    // MARK: Values

    /// Calls `body`, which hands its argument to libhdf5, with the elements of `value` in memory.
    static func write(
        _ value: DataValue, _ type: TypeMaker, _ what: String, _ body: (UnsafeRawPointer?) -> herr_t
    ) throws {
        let count = try elementCount(value.extent)
        guard count > 0 else { return }
        switch (value.payload, value.type) {
        case (.bytes(let bytes), _) where !type.isVariableLength:
            guard bytes.count == (try Checked.multiply(count, type.size, "size of \(what)")) else {
                throw SparsifyError(.malformed, "The value of \(what) does not have the size that its type says.")
            }
            try Library.call("write \(what)") { bytes.withUnsafeBytes { body($0.baseAddress) } }
        case (.blocks(let blocks), .variableString) where blocks.count == count:
            let arena = BlockArena(blocks, terminated: true)
            try Library.call("write \(what)") { arena.pointers.withUnsafeBytes { body($0.baseAddress) } }
        case (.blocks(let blocks), .sequence(let base)) where blocks.count == count:
            let size = try TypeMaker(base).size
            guard blocks.allSatisfy({ ($0?.count ?? 0) % size == 0 }) else {
                throw SparsifyError(.malformed, "A sequence in \(what) ends within an element.")
            }
            let arena = BlockArena(blocks, terminated: false)
            let sequences = zip(blocks, arena.pointers).map { hvl_t(len: ($0?.count ?? 0) / size, p: $1) }
            try Library.call("write \(what)") { sequences.withUnsafeBytes { body($0.baseAddress) } }
        default:
            throw SparsifyError(.malformed, "The value of \(what) does not fit its type and extent.")
        }
    }
}

/// Blocks of bytes that stay in place while C code reads them.
private final class BlockArena {
    private let buffer: RawBuffer
    let pointers: [UnsafeMutableRawPointer?]

    init(_ blocks: [[UInt8]?], terminated: Bool) {
        // Each starts where an element of any type may.
        func room(_ count: Int) -> Int { (count + (terminated ? 1 : 0) + 15) & ~15 }
        let buffer = RawBuffer.zeroed(byteCount: blocks.reduce(0) { $0 + room($1?.count ?? 0) })
        var position = 0
        pointers = blocks.map { block in
            guard let block, terminated || !block.isEmpty else { return nil }
            let place = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[position..<position + block.count])
            place.copyBytes(from: block)
            defer { position += room(block.count) }
            return buffer.bytes.baseAddress.map { $0 + position }
        }
        self.buffer = buffer
    }
}
