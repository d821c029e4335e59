internal import Tensors

/// What a layer needs while it becomes primitives: the program it adds to, and the shapes of its parameters that it
/// finds out on the way.
struct Lowering {
    var program: Program
    /// Path of the layer that is being lowered.
    private(set) var layer = ""
    /// All that the call was given, masks and constants among it.
    private(set) var arguments = CallArguments<ValueID>()
    private(set) var shapes: [String: Shape] = [:]
    /// Whose rules the model follows where generations of Keras differ.
    let dialect: Activation.Dialect
    /// Whether the network is made for training, with the noise that layers make then.
    let keepsNoise: Bool
    /// For values of which not all elements count: a value of zeros and ones with the example's leading extents.
    private var masks: [ValueID: ValueID] = [:]
    private var prefix = ""

    init(_ program: Program = Program(), dialect: Activation.Dialect = .keras3, keepsNoise: Bool = false) {
        self.program = program
        self.dialect = dialect
        self.keepsNoise = keepsNoise
    }

    mutating func begin(layer: String, shapes: [String: Shape], arguments: CallArguments<ValueID>) {
        self.layer = layer
        self.shapes = shapes
        self.arguments = arguments
    }

    /// Lowers a part of a composite layer, whose parameters are named `part/…`.
    mutating func part<Result>(_ part: String, _ body: (inout Lowering) throws -> Result) rethrows -> Result {
        let outer = prefix
        prefix += part.isEmpty ? "" : "\(part)/"
        defer { prefix = outer }
        return try body(&self)
    }

    /// Which elements of a value count, where not all do.
    func mask(of value: ValueID) -> ValueID? { masks[value] }

    mutating func setMask(_ mask: ValueID?, of value: ValueID) { masks[value] = mask }

    /// Forgets what was pushed from these positions on.
    mutating func truncate(steps: Int, values: Int) {
        program.truncate(steps: steps, values: values)
        masks = masks.filter { $0.key.index < values && $0.value.index < values }
    }

    /// Lowers a layer that another wraps, called with nothing but these values.
    mutating func nested<Result>(
        _ inputs: [ValueID], _ body: (inout Lowering) throws -> Result
    ) rethrows -> Result {
        let outer = arguments
        arguments = CallArguments(positional: inputs.map { .tensor($0) })
        defer { arguments = outer }
        return try body(&self)
    }

    /// Extents of a value whose shape is known.
    func extents(_ id: ValueID) -> Extents { program[id].extents ?? [] }

    func failure(_ message: String) -> SparsifyError {
        SparsifyError(.malformed, message)
    }

    func unsupported(_ message: String) -> SparsifyError {
        SparsifyError(.unsupported, message)
    }

    /// The extent that a parameter's shape depends on.
    ///
    /// - Throws: `unsupported` where the model leaves it open.
    func fixed(_ extent: Int?) throws(SparsifyError) -> Int {
        guard let extent else {
            throw SparsifyError(.unsupported, "the model leaves open an extent that its parameters depend on")
        }
        return extent
    }

    func channels(_ id: ValueID, _ axis: ChannelAxis) throws(SparsifyError) -> Int {
        let extents = extents(id)
        guard !extents.isEmpty else { throw failure("A layer over channels was given a value without axes.") }
        return try fixed(extents[axis.position(count: extents.count)])
    }

    /// What the layer calls a parameter of the part that is being lowered.
    func name(of role: String) -> String { prefix + role }

    /// Declares the shape of a parameter.
    ///
    /// - Throws: `malformed` where an earlier call of the layer gave it another.
    mutating func parameter(_ role: String, _ dimensions: [Int]) throws -> ParameterReference {
        let name = name(of: role)
        let shape = try Shape(dimensions)
        if let known = shapes[name], known != shape {
            throw failure("Its '\(name)' would have the shapes \(known) and \(shape) in two calls.")
        }
        shapes[name] = shape
        return ParameterReference(layer: layer, role: name)
    }

    /// Applies a primitive with one output.
    mutating func push(
        _ primitive: Primitive, _ inputs: [ValueID], _ parameters: [ParameterReference] = []
    ) throws -> ValueID {
        try program.push(primitive, inputs, parameters)[0]
    }

    /// Applies an activation function, if there is one. A softmax leaves out what `mask` says.
    mutating func activate(
        _ activation: Activation?, _ input: ValueID, mask: ValueID? = nil
    ) throws -> ValueID {
        guard var activation else { return input }
        let extents = extents(input)
        if activation.name == "glu" { return try gate(input, activation.arguments["axis"]?.integer ?? -1) }
        // Keras counts the batch as axis 0.
        if let axis = activation.arguments.removeValue(forKey: "axis"), !axis.isNull {
            let axes = try (axis.array ?? [axis]).map { try extents.position(ofKerasAxis: $0.integer ?? 0) }
            if axes != [extents.count - 1] {
                activation.arguments["axes"] = .array(Set(axes).sorted().map { .integer($0) })
            }
        }
        var inputs = [input]
        if activation.name == "softmax", let mask { inputs.append(mask) }
        return try push(.activation(activation), inputs)
    }

    /// A gated linear unit: the first half of an axis, times the sigmoid of the second.
    private mutating func gate(_ input: ValueID, _ axis: Int) throws -> ValueID {
        let position = try extents(input).position(ofKerasAxis: axis)
        let depth = try fixed(extents(input)[position])
        guard depth % 2 == 0 else { throw failure("A gated unit was given an axis of \(depth), which is odd.") }
        let first = try push(.slicing(Slicing(axis: position, start: 0, count: depth / 2)), [input])
        let second = try push(.slicing(Slicing(axis: position, start: depth / 2, count: depth / 2)), [input])
        let gate = try push(.activation(Activation("sigmoid")), [second])
        return try push(.elementwise(Elementwise(.multiply)), [first, gate])
    }
}
