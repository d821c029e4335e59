internal import ModelIO
internal import Tensors

/// What the tree of a file says so that a safetensors file can be written again, byte by byte.
///
/// At the root each text of `__metadata__` is an attribute of its own, as in other formats; the rest is needed only
/// where a file differs from what is written here.
enum SafeTensorsAttributes {
    static let prefix = "safetensors."
    /// At the root: the header as it stands, where it is laid out otherwise than here. Of a shard: with its name.
    static func header(_ shard: String?) -> String { prefix + "header" + (shard.map { ":\($0)" } ?? "") }
    /// At the root: the index of a model in several files.
    static let index = prefix + "index"
    /// On a tensor: its type, where integers carry its bits.
    static let type = FileTree.carriedTypeAttribute
    /// On a tensor of elements that are less than a byte: its shape.
    static let shape = prefix + "shape"

    /// The attributes of a tensor.
    static func attributes(of entry: SafeTensorsHeader.Entry, path: String) -> [Attribute] {
        var result: [Attribute] = []
        if entry.type == .bf16 { result.append(.bfloat16Mark) }
        if entry.type.isCarried { result.append(Attribute(name: type, text: entry.type.rawValue)) }
        if entry.type.isPacked {
            let numbers = entry.dimensions.flatMap { extent in
                withUnsafeBytes(of: UInt64(extent).littleEndian) { Array($0) }
            }
            result.append(
                Attribute(
                    name: shape,
                    value: DataValue(
                        type: .integer(size: 8, isSigned: false, order: .little),
                        extent: .simple([entry.dimensions.count]), payload: .bytes(numbers))))
        }
        return result + [TensorName.attribute(entry.name, path: path)].compactMap(\.self)
    }

    /// What a tensor of a tree is in a safetensors file; its range begins at 0.
    ///
    /// - Throws: `unsupported` where the format has no such type or name, `malformed` where the attributes make no sense.
    static func entry(_ tensor: TensorInfo, _ entry: FileTree.Entry) throws(SparsifyError) -> SafeTensorsHeader.Entry {
        do throws(SparsifyError) {
            let name = try TensorName.decoded(entry) ?? tensor.name
            guard name != SafeTensorsHeader.metadataKey else {
                throw SparsifyError(.unsupported, "A tensor of a safetensors file cannot have this name.")
            }
            let carried = entry.attribute(type)?.text.flatMap(SafeTensorsType.init(rawValue:))
            guard
                let type = carried.flatMap({ $0.element == tensor.elementType ? $0 : nil })
                    ?? SafeTensorsType(storing: tensor.elementType)
            else {
                throw SparsifyError(
                    .unsupported, "A safetensors file has no elements of the type \(tensor.elementType.name).")
            }
            let dimensions = type.isPacked ? try decodedShape(entry) : tensor.shape.dimensions
            guard try type.byteCount(dimensions) == tensor.byteCount else {
                throw SparsifyError(
                    .malformed, "The attribute '\(shape)' gives another size than the tensor has.")
            }
            return .init(name: name, type: type, dimensions: dimensions, range: 0..<tensor.byteCount)
        } catch {
            throw error.located(tensor: tensor.name)
        }
    }

    private static func decodedShape(_ entry: FileTree.Entry) throws(SparsifyError) -> [Int] {
        guard let value = entry.attribute(shape)?.value, case .bytes(let bytes) = value.payload,
            value.type.fixedSize == 8, bytes.count % 8 == 0
        else { throw SparsifyError(.malformed, "The attribute '\(shape)' is no list of extents.") }
        var reader = ByteReader(bytes)
        var result: [Int] = []
        while !reader.isAtEnd {
            let extent: UInt64 = try reader.integer("extent")
            result.append(try Checked.int(extent, "extent"))
        }
        return result
    }

    /// Whether an attribute has a place in a safetensors file.
    static func isKept(_ attribute: Attribute, isRoot: Bool) -> Bool {
        attribute.name.hasPrefix(prefix) || attribute == .bfloat16Mark
            || isRoot && (isMetadata(attribute) || attribute.name == ConfigFile.name)
    }

    /// Whether an attribute of the root is one text of `__metadata__`.
    static func isMetadata(_ attribute: Attribute) -> Bool {
        !attribute.name.hasPrefix(prefix) && attribute.name != ConfigFile.name && attribute.text != nil
    }

    /// The texts of `__metadata__` as attributes: those that can be, each name once.
    static func attributes(metadata: [(key: String, value: String)]) -> [Attribute] {
        var names: Set<String> = []
        return metadata.compactMap { key, value in
            guard !key.isEmpty, !key.utf8.contains(0), !value.utf8.contains(0), !key.hasPrefix(prefix),
                key != ConfigFile.name, names.insert(key).inserted
            else { return nil }
            return Attribute(name: key, text: value)
        }
    }
}
