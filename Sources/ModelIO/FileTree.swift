/// All that a hierarchical model file says besides the values of its tensors: groups, attributes, small data, names
/// that lead to the same object. Going back to the file it came from loses nothing.
///
/// Flat formats have a root with attributes and one `.tensor` entry a tensor.
public struct FileTree: Sendable, Hashable {
    /// Parents before children, siblings in the order the file lists them; the first is the root, path `""`.
    public var entries: [Entry]
    /// Whether the source needed features newer than HDF5 1.8's oldest file version (superblock 2 or later).
    public var usesLatestFileVersion: Bool

    public init(entries: [Entry] = [Entry(path: "", kind: .group(.init()))], usesLatestFileVersion: Bool = false) {
        self.entries = entries
        self.usesLatestFileVersion = usesLatestFileVersion
    }

    /// One object of the file, or one more name of an object.
    public struct Entry: Sendable, Hashable {
        /// Components joined by `/`, no leading slash; the root is empty.
        public var path: String
        public var kind: Kind
        public var attributes: [Attribute]
        /// Whether attributes remember the order in which they were made.
        public var tracksAttributeOrder: Bool

        public init(path: String, kind: Kind, attributes: [Attribute] = [], tracksAttributeOrder: Bool = false) {
            self.path = path
            self.kind = kind
            self.attributes = attributes
            self.tracksAttributeOrder = tracksAttributeOrder
        }

        /// The last component of the path. By bytes: an accent after a slash makes it another character.
        public var name: String {
            path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[path.utf8.index(after: $0)...]) } ?? path
        }

        /// The path of the parent; the root's own is empty.
        public var parentPath: String {
            path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? ""
        }
    }

    public enum Kind: Sendable, Hashable {
        case group(GroupProperties)
        /// A tensor of the reader's `tensors`, found by its name, which is the entry's path.
        case tensor(DatasetProperties)
        /// A dataset that is no tensor (strings, compounds, …), kept whole.
        case data(DatasetProperties, DataValue)
        /// A committed type.
        case namedType(ValueType)
        /// One more hard link to the object at `target`.
        case alias(target: String)
    }

    public struct GroupProperties: Sendable, Hashable {
        public var tracksLinkOrder: Bool
        public init(tracksLinkOrder: Bool = false) { self.tracksLinkOrder = tracksLinkOrder }
    }

    public func entry(at path: String) -> Entry? { entries.first { $0.path == path } }

    /// On a tensor: the name of its elements' type, where integers only carry the bits of something else.
    public static let carriedTypeAttribute = "safetensors.dtype"

    /// By path of a tensor: the type whose bits integers carry.
    public var carriedTypes: [String: String] {
        entries.reduce(into: [:]) { $0[$1.path] = $1.attribute(Self.carriedTypeAttribute)?.text }
    }
}

/// A named value on an object.
public struct Attribute: Sendable, Hashable {
    public var name: String
    public var value: DataValue

    public init(name: String, value: DataValue) {
        self.name = name
        self.value = value
    }
}

/// A typed array of any kind, with its bytes.
public struct DataValue: Sendable, Hashable {
    public var type: ValueType
    public var extent: Extent
    public var payload: Payload

    public init(type: ValueType, extent: Extent, payload: Payload) {
        self.type = type
        self.extent = extent
        self.payload = payload
    }

    public enum Extent: Sendable, Hashable {
        /// No value at all (an HDF5 null dataspace).
        case null
        case scalar
        case simple([Int])
    }

    public enum Payload: Sendable, Hashable {
        /// Elements one after another, laid out as `type` says, in the byte order that `type` says.
        case bytes([UInt8])
        /// One block per element: the text of a variable-length string without terminator (nil: a null pointer), or
        /// the elements of a variable-length sequence.
        case blocks([[UInt8]?])
    }

    /// The texts, where this is an array of strings, fixed (padding removed) or variable; nil where not UTF-8.
    public var strings: [String]? {
        switch (type, payload) {
        case (.variableString, .blocks(let blocks)):
            return decoded(blocks.map { $0 ?? [] })
        case (.fixedString(let size, let padding, _), .bytes(let bytes)) where size > 0:
            return decoded(
                stride(from: 0, to: bytes.count - bytes.count % size, by: size).map { start in
                    trimmed(bytes[start..<start + size], padding)
                })
        default:
            return nil
        }
    }

    private func decoded(_ blocks: [[UInt8]]) -> [String]? {
        var result: [String] = []
        for block in blocks {
            guard let text = String(validating: block, as: UTF8.self) else { return nil }
            result.append(text)
        }
        return result
    }

    private func trimmed(_ bytes: ArraySlice<UInt8>, _ padding: StringPadding) -> [UInt8] {
        switch padding {
        case .nullTerminated: Array(bytes.prefix { $0 != 0 })
        case .nullPadded: Array(bytes[..<(bytes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? bytes.startIndex)])
        case .spacePadded: Array(bytes[..<(bytes.lastIndex { $0 != 0x20 }.map { $0 + 1 } ?? bytes.startIndex)])
        }
    }
}

extension FileTree.Entry {
    public func attribute(_ name: String) -> Attribute? { attributes.first { $0.name == name } }
}

extension Attribute {
    /// A text of any length.
    public init(name: String, text: String) {
        self.init(
            name: name,
            value: DataValue(
                type: .variableString(padding: .nullTerminated, characterSet: .utf8), extent: .scalar,
                payload: .blocks([Array(text.utf8)])))
    }

    /// How Keras marks a dataset of two opaque bytes as bfloat16.
    public static let bfloat16Mark = Attribute(name: "dtype", text: "bfloat16")

    /// The text of a single string; nil where this is anything else.
    public var text: String? {
        guard value.extent == .scalar, let strings = value.strings, strings.count == 1 else { return nil }
        return strings[0]
    }
}
