internal import Tensors

/// The tensors of a checkpoint by name. A name is made of the keys on the way to it: that of a state_dict alone is its key.
struct PyTorchContents {
    private(set) var tensors: [(name: String, tensor: PyTorchTensor)] = []
    /// Names of what is no tensor.
    private(set) var others: [String] = []
    private var steps = 0

    private static let maximumDepth = 64
    private static let maximumSteps = 1 << 20

    /// - Throws: `limit` where containers lie too deep or are too many; `unsupported` for keys that make no name.
    init(_ root: PickleValue) throws(SparsifyError) { try add(root, [], depth: 0) }

    private mutating func add(_ value: PickleValue, _ path: [String], depth: Int) throws(SparsifyError) {
        steps += 1
        guard depth <= Self.maximumDepth, steps <= Self.maximumSteps else {
            throw SparsifyError(
                .limit,
                "The checkpoint has containers deeper than \(Self.maximumDepth), or more than \(Self.maximumSteps) entries."
            )
        }
        switch value.kind {
        case .tensor(let tensor): tensors.append((path.isEmpty ? "tensor" : path.joined(separator: "/"), tensor))
        case .dictionary(let items):
            for (key, value) in items { try add(value, path + [try Self.name(key)], depth: depth + 1) }
        case .list(let items), .tuple(let items):
            for (index, value) in items.enumerated() { try add(value, path + ["\(index)"], depth: depth + 1) }
        default: if !path.isEmpty { others.append(path.joined(separator: "/")) }
        }
    }

    private static func name(_ key: PickleValue) throws(SparsifyError) -> String {
        switch key.kind {
        case .text(let text): return text
        case .integer(let number?): return "\(number)"
        case .bool(let value): return value ? "True" : "False"
        case .none: return "None"
        default: throw SparsifyError(.unsupported, "A dictionary in the checkpoint has keys that are no names.")
        }
    }
}
