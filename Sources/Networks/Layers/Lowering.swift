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
    private var prefix = ""

    init(_ program: Program = Program()) { self.program = program }

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

    /// Extents of a value whose shape is known.
    func extents(_ id: ValueID) -> Extents { program[id].extents ?? [] }

    func failure(_ message: String) -> SparsifyError {
        SparsifyError(.malformed, message)
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

    /// Declares the shape of a parameter.
    ///
    /// - Throws: `malformed` where an earlier call of the layer gave it another.
    mutating func parameter(_ role: String, _ dimensions: [Int]) throws -> ParameterReference {
        let name = prefix + role
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

    /// Applies an activation function, if there is one.
    mutating func activate(_ activation: Activation?, _ input: ValueID) throws -> ValueID {
        guard let activation else { return input }
        return try push(.activation(activation), [input])
    }
}
