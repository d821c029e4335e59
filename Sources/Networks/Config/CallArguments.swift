/// What a layer or a function is called with: values of the network, and constants.
///
/// `Tensor` is how values are named: by layer and call in a configuration, by `ValueID` in a program.
struct CallArguments<Tensor> {
    indirect enum Argument {
        case tensor(Tensor)
        case constant(JSONValue)
        case list([Argument])
    }

    var positional: [Argument] = []
    var named: [String: Argument] = [:]

    /// Every value among the arguments, those that are named last, by name.
    var tensors: [Tensor] {
        positional.flatMap(\.tensors) + named.keys.sorted().flatMap { named[$0]?.tensors ?? [] }
    }

    func map<Other>(_ transform: (Tensor) throws -> Other) rethrows -> CallArguments<Other> {
        CallArguments<Other>(
            positional: try positional.map { try $0.map(transform) },
            named: try named.mapValues { try $0.map(transform) })
    }

    /// The argument with one of these names, else the one at `position`.
    func argument(_ names: [String], at position: Int? = nil) -> Argument? {
        for name in names { if let found = named[name] { return found } }
        guard let position, positional.indices.contains(position) else { return nil }
        return positional[position]
    }

    /// The value that an argument is; nil where it is none.
    func tensor(_ names: String..., at position: Int? = nil) -> Tensor? {
        if case .tensor(let tensor)? = argument(names, at: position) { tensor } else { nil }
    }

    /// The constant that an argument is; nil where it is none, or null.
    func constant(_ names: String..., at position: Int? = nil) -> JSONValue? {
        guard let value = argument(names, at: position)?.constant, !value.isNull else { return nil }
        return value
    }
}

extension CallArguments.Argument {
    var tensors: [Tensor] {
        switch self {
        case .tensor(let tensor): [tensor]
        case .constant: []
        case .list(let list): list.flatMap(\.tensors)
        }
    }

    /// The constant, or the list of constants.
    var constant: JSONValue? {
        switch self {
        case .tensor: return nil
        case .constant(let value): return value
        case .list(let list):
            let values = list.compactMap(\.constant)
            return values.count == list.count ? .array(values) : nil
        }
    }

    func map<Other>(_ transform: (Tensor) throws -> Other) rethrows -> CallArguments<Other>.Argument {
        switch self {
        case .tensor(let tensor): .tensor(try transform(tensor))
        case .constant(let value): .constant(value)
        case .list(let list): .list(try list.map { try $0.map(transform) })
        }
    }
}

extension CallArguments: Sendable where Tensor: Sendable {}
extension CallArguments.Argument: Sendable where Tensor: Sendable {}

extension CallArguments where Tensor == TensorKey {
    /// Reads one entry of `inbound_nodes`, of either dialect.
    init(inboundNode node: JSONValue) {
        if let arguments = node["args"]?.array {
            positional = arguments.map(Self.argument)
            named = (node["kwargs"]?.object ?? [:]).mapValues(Self.argument)
            return
        }
        guard let list = node.array else { return }
        // Keras 2: a value with what else it is called with, or a list of such.
        let entries = Self.isEntry(node) ? [node] : list
        let values = entries.map(Self.argument)
        positional = values.count == 1 ? values : [.list(values)]
        for entry in entries {
            guard let fields = entry.array?.dropFirst(3).first?.object else { continue }
            for (name, value) in fields where named[name] == nil { named[name] = Self.argument(value) }
        }
    }

    /// `["layer", call, output, …]`, or a constant in its place.
    private static func isEntry(_ value: JSONValue) -> Bool {
        guard let list = value.array, list.count >= 3, list[0].string != nil, list[1].integer != nil else {
            return false
        }
        return list[0].string == constantMark || list[2].integer != nil
    }

    /// What tf_keras writes for the layer where an argument is a constant: `["_CONSTANT_VALUE", -1, 2.0, {…}]`.
    private static var constantMark: String { "_CONSTANT_VALUE" }

    private static func argument(_ value: JSONValue) -> Argument {
        if isEntry(value), let list = value.array {
            if list[0].string == constantMark { return .constant(list[2]) }
            if let key = TensorKey.keys(in: .array(Array(list.prefix(3)))).first { return .tensor(key) }
        }
        if value["class_name"]?.string == "__keras_tensor__" {
            return TensorKey.keys(in: value).first.map(Argument.tensor) ?? .constant(value)
        }
        guard let list = value.array else { return .constant(value) }
        return .list(list.map(argument))
    }
}
