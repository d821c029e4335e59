/// What of a tree has no place in a format that keeps a plain list of tensors.
public struct FlatFileLosses {
    private var attributes = 0
    private var storages = 0
    private var data: [String] = []
    private var aliases: [String] = []
    private var types: [String] = []
    private let attributeReason: String

    /// - Parameters:
    ///   - attributeReason: why attributes are not kept, as a clause.
    ///   - keepsAttribute: whether an attribute has a place all the same; the second argument says whether it is the
    ///     root's.
    ///   - keepsData: whether data that are no tensor have one, by path.
    public init(
        _ tree: FileTree, attributeReason: String, keepsAttribute: (Attribute, Bool) -> Bool,
        keepsData: (String) -> Bool = { _ in false }
    ) {
        self.attributeReason = attributeReason
        for entry in tree.entries {
            attributes += entry.attributes.count { !keepsAttribute($0, entry.path.isEmpty) }
            switch entry.kind {
            case .group: break
            case .tensor(let properties):
                if properties.layout != .contiguous || properties.fillValue != nil || Self.isBigEndian(properties.type)
                {
                    storages += 1
                }
            case .data: if !keepsData(entry.path) { data.append(entry.path) }
            case .namedType: types.append(entry.path)
            case .alias: aliases.append(entry.path)
            }
        }
    }

    private static func isBigEndian(_ type: ValueType) -> Bool {
        switch type {
        case .integer(_, _, let order): order == .big
        case .float(let layout): layout.order == .big
        default: false
        }
    }

    public var sentences: [String] {
        var result: [String] = []
        if attributes > 0 { result.append("\(attributes) attributes are not kept: \(attributeReason)") }
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
