internal import CHDF5
internal import ModelIO
internal import Tensors

/// Reads the attributes of objects whole.
struct AttributeReader {
    private let file: SourceFile
    private let descriptorType: Handle
    var budget = MetadataBudget()
    var heap: HeapReader
    var warnings: [String] = []

    init(file: SourceFile) throws {
        self.file = file
        heap = HeapReader(file: file)
        descriptorType = try Handle("make a type") { [size = file.descriptorSize] in chdf5_descriptor_type(size) }
    }

    mutating func attributes(of object: Handle, path: String, ordered: Bool) throws -> [Attribute] {
        let items = try NameList.attributes(of: object, path: path, byCreation: ordered)
        guard !items.isEmpty else { return [] }
        var room: UInt64 = 0
        try Library.call("measure the attributes of '/\(path)'") { chdf5_get_attribute_room(object.id, &room) }
        var result: [Attribute] = []
        for item in items {
            let attribute = try Handle("open the attribute '\(item.name)' of '/\(path)'") {
                H5Aopen(object.id, item.name, hid_t(H5P_DEFAULT))
            }
            let what = "the attribute '\(item.name)' of '/\(path)'"
            do {
                guard let value = try value(of: attribute, room: room, what) else { continue }
                result.append(Attribute(name: item.name, value: value))
                guard ObjectNames.isList(item.name) else { continue }
                for listed in value.strings ?? [] {
                    try ObjectNames.checkListed(listed, attribute: item.name, of: path)
                }
            } catch var error as SparsifyError {
                if !error.message.contains("'\(item.name)'") { error.message = "In \(what): \(error.message)" }
                throw error
            }
        }
        return result
    }

    /// Nil, with a warning, for what cannot be kept.
    private mutating func value(of attribute: Handle, room: UInt64, _ what: String) throws -> DataValue? {
        let handle = try Handle("read the type of \(what)") { H5Aget_type(attribute.id) }
        let space = try Handle("read the extents of \(what)") { H5Aget_space(attribute.id) }
        let type: ValueType
        switch try TypeReader.describe(handle) {
        case .type(let described): type = described
        case .uncarried(let reason):
            warnings.append("\(what.prefix(1).uppercased() + what.dropFirst()) was left out: it holds \(reason).")
            return nil
        }
        let extents = try Extents(of: space)
        let count = try extents.elementCount()
        let byteCount = try Checked.multiply(count, type.fixedSize ?? file.descriptorSize, "byte count")
        // libhdf5 reads on past the end of a header that declares too much.
        guard byteCount <= room else {
            throw SparsifyError(
                .malformed, "It declares \(byteCount) bytes, but its object keeps \(room) for all attributes.",
                remedy: "The file is damaged.")
        }
        try budget.take(byteCount, what)
        var bytes = [UInt8](repeating: 0, count: byteCount)
        if count > 0 {
            let memoryType = type.fixedSize == nil ? descriptorType : handle
            try Library.call("read \(what)") { H5Aread(attribute.id, memoryType.id, &bytes) }
        }
        return DataValue(
            type: type, extent: extents.extent, payload: try payload(of: type, bytes, what))
    }

    /// The payload that `bytes`, elements or descriptors as the file has them, stand for.
    mutating func payload(of type: ValueType, _ bytes: [UInt8], _ what: String) throws -> DataValue.Payload {
        switch type {
        case .variableString:
            .blocks(try heap.blocks(bytes, elementSize: nil, budget: &budget, what))
        case .sequence(let base):
            .blocks(try heap.blocks(bytes, elementSize: base.fixedSize, budget: &budget, what))
        default:
            .bytes(bytes)
        }
    }
}
