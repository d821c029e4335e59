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
        let count = try reader.count("count of tree entries", minimumBytes: 4)
        var entries: [FileTree.Entry] = []
        entries.reserveCapacity(count)
        var paths: Set<String> = []
        var groups: Set<String> = []
        for index in 0..<count {
            let entry = try decodeEntry(&reader)
            guard (index == 0) == entry.path.isEmpty, paths.insert(entry.path).inserted else {
                throw reader.failure("The path '\(entry.path)' of the tree is out of place or there twice.")
            }
            guard index == 0 || (isValidPath(entry.path) && groups.contains(entry.parentPath)) else {
                throw reader.failure("The path '\(entry.path)' of the tree does not lie in a group named before it.")
            }
            switch entry.kind {
            case .group: groups.insert(entry.path)
            case .alias(let target) where !paths.contains(target) || target == entry.path:
                throw reader.failure("The alias '\(entry.path)' names '\(target)', which does not come before it.")
            default:
                guard index > 0 else { throw reader.failure("The root of the tree is not a group.") }
            }
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
            kind = .data(properties, try DataValueCoder.decode(&reader))
        case KindCode.namedType: kind = .namedType(try ValueTypeCoder.decode(&reader))
        case KindCode.alias: kind = .alias(target: try reader.string("alias", limit: SPMLimits.maximumNameBytes))
        default: throw reader.failure("The tree entry '\(path)' has the unknown kind \(code).")
        }
        let count = try reader.count("count of attributes", minimumBytes: 4)
        var attributes: [Attribute] = []
        attributes.reserveCapacity(count)
        for _ in 0..<count {
            let name = try reader.string("attribute name")
            attributes.append(Attribute(name: name, value: try DataValueCoder.decode(&reader)))
        }
        return FileTree.Entry(
            path: path, kind: kind, attributes: attributes, tracksAttributeOrder: flags & tracksAttributes != 0)
    }

    /// No empty component, `.` or `..`, and no NUL: such a path could not be written to a file again.
    private static func isValidPath(_ path: String) -> Bool {
        !path.utf8.contains(0)
            && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0 != "." && $0 != ".."
            }
    }
}
