internal import ModelIO

/// What of a tree a safetensors file has no place for.
struct SafeTensorsLosses {
    private var attributes = 0
    private var storages = 0
    private var data: [String] = []
    private var aliases: [String] = []
    private var types: [String] = []

    init(_ tree: FileTree) {
        for entry in tree.entries {
            attributes += entry.attributes.count { !Self.isKept($0, isRoot: entry.path.isEmpty) }
            switch entry.kind {
            case .group: break
            case .tensor(let properties):
                if properties.layout != .contiguous || properties.fillValue != nil || Self.isBigEndian(properties.type)
                {
                    storages += 1
                }
            case .data: data.append(entry.path)
            case .namedType: types.append(entry.path)
            case .alias: aliases.append(entry.path)
            }
        }
    }

    private static func isKept(_ attribute: Attribute, isRoot: Bool) -> Bool {
        attribute.name.hasPrefix(SafeTensorsAttributes.prefix) || attribute == .bfloat16Mark
            || isRoot && (SafeTensorsAttributes.isMetadata(attribute) || attribute.name == ConfigFile.name)
    }

    private static func isBigEndian(_ type: ValueType) -> Bool {
        switch type {
        case .integer(_, _, let order): order == .big
        case .float(let layout): layout.order == .big
        default: false
        }
    }

    var sentences: [String] {
        var result: [String] = []
        if attributes > 0 {
            result.append("\(attributes) attributes are not kept: safetensors has texts about the whole file alone")
        }
        if !data.isEmpty { result.append("what is no tensor is not kept: \(Self.listed(data))") }
        if !aliases.isEmpty { result.append("second names of objects are not kept: \(Self.listed(aliases))") }
        if !types.isEmpty { result.append("types of their own are not kept: \(Self.listed(types))") }
        if storages > 0 {
            result.append("how \(storages) tensors are stored (chunks, filters, byte order) is not kept")
        }
        return result
    }

    /// A few names, and how many more there are.
    private static func listed(_ names: [String]) -> String {
        let shown = names.prefix(5).joined(separator: ", ")
        return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
    }
}
