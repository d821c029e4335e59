internal import ModelIO
internal import Tensors

/// The section of the index that keeps what the source file said besides its tensors' values.
enum TreeCoder {
    private enum KindCode {
        static let group: UInt8 = 0
        static let tensor: UInt8 = 1
        static let data: UInt8 = 2
        static let namedType: UInt8 = 3
        static let alias: UInt8 = 4
    }

    private static let tracksAttributes: UInt8 = 1
    private static let tracksLinks: UInt8 = 2

    static func encode(_ tree: FileTree, to writer: inout ByteWriter) {
        writer.integer(UInt8(tree.usesLatestFileVersion ? 1 : 0))
        writer.varint(tree.entries.count)
        for entry in tree.entries { encode(entry, to: &writer) }
    }

    private static func encode(_ entry: FileTree.Entry, to writer: inout ByteWriter) {
        var flags = entry.tracksAttributeOrder ? tracksAttributes : 0
        if case .group(let properties) = entry.kind, properties.tracksLinkOrder { flags |= tracksLinks }
        writer.string(entry.path)
        switch entry.kind {
        case .group:
            writer.integer(KindCode.group)
            writer.integer(flags)
        case .tensor(let properties):
            writer.integer(KindCode.tensor)
            writer.integer(flags)
            DatasetCoder.encode(properties, to: &writer)
        case .data(let properties, let value):
            writer.integer(KindCode.data)
            writer.integer(flags)
            DatasetCoder.encode(properties, to: &writer)
            DataValueCoder.encode(value, to: &writer)
        case .namedType(let type):
            writer.integer(KindCode.namedType)
            writer.integer(flags)
            ValueTypeCoder.encode(type, to: &writer)
        case .alias(let target):
            writer.integer(KindCode.alias)
            writer.integer(flags)
            writer.string(target)
        }
        writer.varint(entry.attributes.count)
        for attribute in entry.attributes {
            writer.string(attribute.name)
            DataValueCoder.encode(attribute.value, to: &writer)
        }
    }

    static func decode(_ reader: inout ByteReader) throws -> FileTree {
        let flags: UInt8 = try reader.integer("tree flags")
        guard flags <= 1 else { throw reader.failure("The tree has unknown flags.") }
        let count = try reader.count(
            "count of tree entries", minimumBytes: 4, limit: SPMLimits.maximumTreeEntries)
        var entries: [FileTree.Entry] = []
        var places = Places()
        for _ in 0..<count {
            let entry = try decodeEntry(&reader)
            try places.add(entry, reader)
            entries.append(entry)
        }
        guard !entries.isEmpty else { throw reader.failure("The tree has no root.") }
        return FileTree(entries: entries, usesLatestFileVersion: flags == 1)
    }

    private static func decodeEntry(_ reader: inout ByteReader) throws -> FileTree.Entry {
        let path = try reader.string("path", limit: SPMLimits.maximumNameBytes)
        let code: UInt8 = try reader.integer("kind of a tree entry")
        let flags: UInt8 = try reader.integer("flags of a tree entry")
        guard flags & ~(tracksAttributes | (code == KindCode.group ? tracksLinks : 0)) == 0 else {
            throw reader.failure("The tree entry '\(path)' has unknown flags.")
        }
        let kind: FileTree.Kind
        switch code {
        case KindCode.group: kind = .group(.init(tracksLinkOrder: flags & tracksLinks != 0))
        case KindCode.tensor: kind = .tensor(try DatasetCoder.decode(&reader))
        case KindCode.data:
            let properties = try DatasetCoder.decode(&reader)
            let value = try DataValueCoder.decode(&reader)
            guard value.type == properties.type, DatasetCoder.fits(properties, value.extent.dimensions) else {
                throw reader.failure("The data of '\(path)' are of another type or shape than is declared.")
            }
            kind = .data(properties, value)
        case KindCode.namedType: kind = .namedType(try ValueTypeCoder.decode(&reader))
        case KindCode.alias:
            kind = .alias(target: try reader.string("alias", limit: SPMLimits.maximumNameBytes))
        default: throw reader.failure("The tree entry '\(path)' has the unknown kind \(code).")
        }
        let count = try reader.count("count of attributes", minimumBytes: 4)
        guard count == 0 || code != KindCode.alias else {
            throw reader.failure("The alias '\(path)' has attributes, which belong to the object itself.")
        }
        var attributes: [Attribute] = []
        var names: Set<String> = []
        for _ in 0..<count {
            let name = try reader.string("attribute name")
            guard !name.isEmpty, !name.utf8.contains(0), names.insert(name).inserted else {
                throw reader.failure("The attribute name '\(name)' of '\(path)' is invalid or there twice.")
            }
            attributes.append(Attribute(name: name, value: try DataValueCoder.decode(&reader)))
        }
        return FileTree.Entry(
            path: path, kind: kind, attributes: attributes, tracksAttributeOrder: flags & tracksAttributes != 0)
    }
}

/// The paths of a tree as it is read, compared byte by byte.
private struct Places {
    private var all: Set<[UInt8]> = []
    private var groups: Set<[UInt8]> = []
    /// Spellings that Unicode holds for the same count as one.
    private var spellings: Set<String> = []

    mutating func add(_ entry: FileTree.Entry, _ reader: ByteReader) throws {
        let path = Array(entry.path.utf8)
        let isRoot = all.isEmpty
        guard isRoot == path.isEmpty, spellings.insert(entry.path).inserted else {
            throw reader.failure("The path '\(entry.path)' of the tree is out of place or there twice.")
        }
        if !isRoot {
            guard let parent = Self.parent(of: path), groups.contains(parent) else {
                throw reader.failure("The path '\(entry.path)' of the tree does not lie in a group named before it.")
            }
        }
        switch entry.kind {
        case .group: groups.insert(path)
        case .alias(let target) where !all.contains(Array(target.utf8)):
            throw reader.failure("The alias '\(entry.path)' names '\(target)', which does not come before it.")
        default:
            guard !isRoot else { throw reader.failure("The root of the tree is not a group.") }
        }
        all.insert(path)
    }

    /// All but the last component; nil where a component is empty, `.` or `..`, or has a NUL: such a path could not be
    /// written to a file again.
    private static func parent(of path: [UInt8]) -> [UInt8]? {
        let components = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isValid = components.allSatisfy { component in
            !component.isEmpty && !component.contains(0) && !component.elementsEqual(".".utf8)
                && !component.elementsEqual("..".utf8)
        }
        return isValid ? Array(components.dropLast().joined(separator: CollectionOfOne(UInt8(ascii: "/")))) : nil
    }
}

extension DataValue.Extent {
    fileprivate var dimensions: [Int] {
        if case .simple(let dimensions) = self { dimensions } else { [] }
    }
}
