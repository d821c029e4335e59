internal import ModelIO

/// Attributes that are lists of names. Keras splits one that is too large into `name0`, `name1`, …
enum StringAttribute {
    /// The text of a scalar attribute: a string of either kind, or bytes that are one.
    static func text(_ name: String, on entry: FileTree.Entry) -> String? {
        guard let value = entry.attribute(name)?.value else { return nil }
        if let strings = value.strings { return strings.count == 1 ? strings[0] : nil }
        guard case .bytes(let bytes) = value.payload, !bytes.isEmpty else { return nil }
        switch value.type {
        case .opaque, .integer(size: 1, isSigned: _, order: _): return String(validating: bytes, as: UTF8.self)
        default: return nil
        }
    }

    /// The names in an attribute, whole or split; nil where there is none.
    static func names(of name: String, on entry: FileTree.Entry) -> [String]? {
        let parts = parts(of: name, on: entry)
        guard !parts.isEmpty else { return nil }
        return parts.flatMap { $0.value.strings ?? [] }
    }

    /// The attribute itself, or its parts in order.
    static func parts(of name: String, on entry: FileTree.Entry) -> [Attribute] {
        if let whole = entry.attribute(name) { return [whole] }
        var result: [Attribute] = []
        while let part = entry.attribute("\(name)\(result.count)") { result.append(part) }
        return result
    }

    /// The same attribute with each name changed, or left out where `change` gives nil.
    static func rewriting(_ attribute: Attribute, _ change: (String) -> String?) -> Attribute {
        guard let old = attribute.value.strings else { return attribute }
        let names = old.compactMap(change)
        guard names != old else { return attribute }
        var copy = attribute
        if case .simple = copy.value.extent { copy.value.extent = .simple([names.count]) }
        switch copy.value.type {
        case .fixedString(let size, let padding, let characters):
            // Renamed names may be longer than any before.
            let terminator = padding == .nullTerminated ? 1 : 0
            let needed = max(size, (names.map(\.utf8.count).max() ?? 0) + terminator)
            let filler: UInt8 = padding == .spacePadded ? 0x20 : 0
            copy.value.type = .fixedString(size: needed, padding: padding, characterSet: characters)
            copy.value.payload = .bytes(
                names.flatMap { name in
                    Array(name.utf8) + Array(repeating: filler, count: needed - name.utf8.count)
                })
        default:
            copy.value.payload = .blocks(names.map { Array($0.utf8) })
        }
        return copy
    }

    /// A scalar variable-length text, which has no limit of length.
    static func scalar(_ name: String, _ text: String) -> Attribute {
        Attribute(
            name: name,
            value: DataValue(
                type: .variableString(padding: .nullTerminated, characterSet: .utf8), extent: .scalar,
                payload: .blocks([Array(text.utf8)])))
    }
}
