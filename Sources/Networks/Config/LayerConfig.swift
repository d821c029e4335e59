internal import Tensors

/// The configuration of one layer, with getters that check types and ranges.
///
/// Every getter throws `malformed`, with the layer's name, where the value is there but is not what it should be.
struct LayerConfig {
    /// The path of the layer in its network.
    let path: String
    let className: String
    let fields: [String: JSONValue]
    let dialect: Activation.Dialect
    /// How many layers wrap this one.
    let depth: Int

    init(
        _ path: String, _ className: String, _ fields: [String: JSONValue], _ dialect: Activation.Dialect = .keras3,
        depth: Int = 0
    ) {
        self.path = path
        self.className = className
        self.fields = fields
        self.dialect = dialect
        self.depth = depth
    }

    func failure(_ message: String) -> SparsifyError {
        SparsifyError(.malformed, "Layer '\(path)' (\(className)): \(message)")
    }

    func unsupported(_ message: String) -> SparsifyError {
        SparsifyError(.unsupported, message)
    }

    /// The field; nil where it is missing or null.
    func value(_ key: String) -> JSONValue? {
        guard let value = fields[key], !value.isNull else { return nil }
        return value
    }

    private func wrong(_ key: String, _ value: JSONValue, _ expected: String) -> SparsifyError {
        failure("'\(key)' is \(value.summary), not \(expected).")
    }

    func optionalInteger(_ key: String, in range: ClosedRange<Int> = 1...Int.max) throws -> Int? {
        guard let value = value(key) else { return nil }
        guard let integer = value.integer, range.contains(integer) else {
            throw wrong(key, value, range.lowerBound == 1 ? "a positive integer" : "an integer in \(range)")
        }
        return integer
    }

    func integer(_ key: String, default standard: Int? = nil, in range: ClosedRange<Int> = 1...Int.max) throws -> Int {
        guard let integer = try optionalInteger(key, in: range) ?? standard else {
            throw failure("'\(key)' is missing.")
        }
        return integer
    }

    func bool(_ key: String, default standard: Bool) throws -> Bool {
        guard let value = value(key) else { return standard }
        if let bool = value.bool { return bool }
        guard let integer = value.integer, integer == 0 || integer == 1 else {
            throw wrong(key, value, "true or false")
        }
        return integer == 1
    }

    func optionalString(_ key: String) throws -> String? {
        guard let value = value(key) else { return nil }
        guard let string = value.string else { throw wrong(key, value, "a text") }
        return string
    }

    func number(_ key: String, default standard: Double) throws -> Double {
        guard let value = value(key) else { return standard }
        guard let number = value.number else { throw wrong(key, value, "a number") }
        return number
    }

    /// All numbers of a value: a single one, or lists of them nested in any way, row-major.
    func numbers(_ key: String) throws -> [Double]? {
        guard let value = value(key) else { return nil }
        guard let numbers = value.flattenedNumbers else { throw wrong(key, value, "a number or a list of numbers") }
        return numbers
    }

    /// One integer for each of `count` axes, from a list or from a single one that goes for all.
    func integers(
        _ key: String, count: Int, default standard: Int? = nil, in range: ClosedRange<Int> = 1...Int.max
    ) throws -> [Int] {
        guard let value = value(key) else {
            guard let standard else { throw failure("'\(key)' is missing.") }
            return Array(repeating: standard, count: count)
        }
        let list = value.integer.map { Array(repeating: JSONValue.integer($0), count: count) } ?? value.array ?? []
        let integers = list.compactMap(\.integer).filter(range.contains)
        guard list.count == count, integers.count == count else {
            throw wrong(key, value, count == 1 ? "a positive integer" : "\(count) positive integers")
        }
        return integers
    }

    /// A list of integers of any length, also where it is written as a single one.
    func integerList(_ key: String) throws -> [Int]? {
        guard let value = value(key) else { return nil }
        if let single = value.integer { return [single] }
        guard let list = value.array, case let integers = list.compactMap(\.integer), integers.count == list.count
        else { throw wrong(key, value, "a list of integers") }
        return integers
    }

    /// What goes before and after each of `count` axes: `2`, `[1, 2]` (one axis) or for each axis, `[[1, 2], …]`.
    func pairs(_ key: String, count: Int) throws -> [(before: Int, after: Int)] {
        guard let value = value(key) else { throw failure("'\(key)' is missing.") }
        func natural(_ value: JSONValue) throws -> Int {
            guard let integer = value.integer, integer >= 0 else { throw wrong(key, value, "a natural number") }
            return integer
        }
        func pair(_ value: JSONValue) throws -> (before: Int, after: Int) {
            guard let list = value.array else {
                let both = try natural(value)
                return (both, both)
            }
            guard list.count == 2 else { throw wrong(key, value, "a pair") }
            return (try natural(list[0]), try natural(list[1]))
        }
        guard let list = value.array else { return Array(repeating: try pair(value), count: count) }
        if count == 1 { return [list.count == 1 ? try pair(list[0]) : try pair(value)] }
        guard list.count == count else { throw wrong(key, value, "\(count) pairs") }
        return try list.map(pair)
    }

    /// `data_format`, which Keras fills in when it is not given.
    func channels() throws -> ChannelAxis {
        guard let name = try optionalString("data_format") else { return .last }
        guard let axis = ChannelAxis(rawValue: name) else {
            throw failure("'data_format' is '\(name)', not 'channels_last' or 'channels_first'.")
        }
        return axis
    }

    func window(
        size: String, rank: Int, strides: String = "strides", stridesDefault: Int? = 1, dilation: String? = nil
    ) throws -> Window {
        let size = try integers(size, count: rank)
        let strideList =
            value(strides) == nil && stridesDefault == nil
            ? size : try integers(strides, count: rank, default: stridesDefault)
        let name = try optionalString("padding") ?? "valid"
        guard let padding = Window.Padding(rawValue: name), padding != .causal || rank == 1 else {
            throw failure("'padding' is '\(name)', not 'valid' or 'same'.")
        }
        return Window(
            size: size, strides: strideList,
            dilation: try dilation.map { try integers($0, count: rank, default: 1) }, padding: padding)
    }

    /// An activation function, however it is written: by name, as a registered function, or as a layer with its options;
    /// nil where there is none or it is linear.
    func activation(_ key: String = "activation") throws -> Activation? {
        guard let value = value(key) else { return nil }
        var name = value.string
        var arguments: [String: JSONValue] = [:]
        if name == nil, let fields = value.object {
            if let config = fields["config"]?.object { arguments = config }
            name = fields["config"]?.string ?? fields["class_name"]?.string
        }
        guard let name else { throw wrong(key, value, "an activation") }
        return name == "linear" ? nil : Self.activation(name, arguments, dialect)
    }

    /// The function that a name means, be it that of a function or of a layer.
    static func activation(
        _ name: String, _ options: [String: JSONValue], _ dialect: Activation.Dialect
    ) -> Activation {
        var arguments = options
        // As a layer, it has another slope than as a function.
        if name == "LeakyReLU", options["negative_slope"] ?? options["alpha"] == nil {
            arguments["negative_slope"] = .number(0.3)
        }
        for key in ["name", "trainable", "dtype", "batch_input_shape", "batch_shape"] { arguments[key] = nil }
        return Activation(name, arguments: arguments).canonical(dialect)
    }

    /// A shape as Keras writes it, batch axis first, without that axis; nil where there is none.
    static func extents(withBatch value: JSONValue?) throws -> Extents? {
        guard let value, !value.isNull, let list = value.array else { return nil }
        return try extents(Array(list.dropFirst()))
    }

    static func extents(_ list: [JSONValue]) throws -> Extents {
        try list.map { entry in
            if entry.isNull { return nil }
            guard let extent = entry.integer, extent >= 0 else {
                throw SparsifyError(.malformed, "A shape has an extent that is \(entry.summary).")
            }
            return extent
        }
    }
}
