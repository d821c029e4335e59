internal import ModelIO
internal import Networks
internal import Tensors

/// Turns the nodes of a graph into primitives, one after another.
struct GraphLowering {
    var program = Program()
    let source: GraphSource
    /// Version of the operators.
    let opset: Int
    /// Number of examples that the model was saved for, where it was for a certain one.
    var batchExtent: Int?
    /// The first input, which tells constants how many examples there are.
    var example: ValueID?
    private(set) var node = GraphNode(ONNXNodeProto(), path: "")
    private(set) var inputs: [GraphValue?] = []
    private(set) var parameters: [Network.Parameter] = []

    /// What each tensor is bound to, by its position in the file.
    private(set) var bindings: [Int: [TensorBinding]] = [:]
    private(set) var literals: [ParameterReference: [Double]] = [:]
    private var known: [GraphParameter: ParameterReference] = [:]
    /// Numbers of constants that the program or the document holds.
    private var constantCount = 0

    init(_ source: GraphSource, opset: Int) {
        self.source = source
        self.opset = opset
    }

    mutating func begin(_ node: GraphNode, _ inputs: [GraphValue?]) {
        self.node = node
        self.inputs = inputs
        parameters = []
    }

    // MARK: Errors

    func unsupported(_ message: String) -> SparsifyError { SparsifyError(.unsupported, message) }

    func malformed(_ message: String) -> SparsifyError { SparsifyError(.malformed, message) }

    static let mixing = SparsifyError(.unsupported, "it works along the axis that counts the examples")

    var mixesExamples: SparsifyError { Self.mixing }

    // MARK: Inputs

    func has(_ index: Int) -> Bool { node.has(index) && inputs.indices.contains(index) && inputs[index] != nil }

    /// - Throws: `malformed` where the input is missing.
    func input(_ index: Int) throws -> GraphValue {
        guard has(index), let value = inputs[index] else { throw malformed("Its input \(index) is missing.") }
        return value
    }

    /// The elements of an input that the graph tells.
    ///
    /// - Throws: `unsupported` where only the network's input does.
    func constant(_ index: Int) throws -> HostTensor {
        guard let found = try constantIfKnown(index) else {
            throw unsupported("its input \(index) is computed from the network's input")
        }
        return found
    }

    func constantIfKnown(_ index: Int) throws -> HostTensor? {
        switch try input(index).content {
        case .constant(let tensor): tensor
        case .parameter(let parameter): try source.elements(parameter)
        case .computed, .unknown: nil
        }
    }

    /// Integers of a constant input.
    func integers(_ index: Int) throws -> [Int] {
        guard let integers = try constant(index).integers else {
            throw unsupported("its input \(index) depends on the shape of the network's input")
        }
        return integers
    }

    /// Extents of the axes of an input, the examples' axis as none.
    func dimensions(_ value: GraphValue) -> [Number] {
        switch value.content {
        case .constant(let tensor): tensor.dimensions.map { .real(Double($0)) }
        case .parameter(let parameter): parameter.dimensions.map { .real(Double($0)) }
        case .computed(let value):
            graphExtents(value).map { $0.map { .real(Double($0)) } ?? .open }.inserting(
                value.folded.isEmpty ? .batch(1) : foldedBatch(value), at: value.batch)
        case .unknown: []
        }
    }

    /// Extents in the graph's order.
    private func graphExtents(_ value: ComputedValue) -> [Int?] {
        let own = extents(value)
        return value.spatial.map { [own[$0]] + own[..<$0] } ?? own
    }

    private func foldedBatch(_ value: ComputedValue) -> Number {
        let product = value.folded.all.reduce(Int?(1)) { product, extent in
            product.flatMap { p in extent.map { p * $0 } }
        }
        return product.map { .batch(Double($0)) } ?? .open
    }

    func rank(_ value: GraphValue) -> Int { dimensions(value).count }

    func extents(_ value: ComputedValue) -> [Int?] { program[value.id].extents ?? [] }

    /// An axis that may count from the end.
    func axis(_ axis: Int, rank: Int) throws -> Int {
        guard (-rank..<rank).contains(axis) else { throw malformed("There is no axis \(axis) of \(rank).") }
        return axis < 0 ? axis + rank : axis
    }

    // MARK: Computing

    mutating func push(
        _ primitive: Primitive, _ inputs: [ValueID], _ references: [ParameterReference] = []
    ) throws -> ValueID {
        try program.push(primitive, inputs, references)[0]
    }

    /// The input as a value that the network computes: constants become such, one for all examples.
    mutating func computed(_ index: Int) throws -> ComputedValue {
        if case .computed(let value) = try input(index).content { return value }
        throw unsupported("its input \(index) does not depend on the network's input")
    }

    /// A constant as a value of the program, without an axis of examples.
    ///
    /// - Parameter example: a value that tells how many there are of it.
    mutating func materialised(_ tensor: HostTensor, with example: ValueID) throws -> ValueID {
        guard let reals = tensor.reals else {
            throw unsupported("a constant depends on the shape of the network's input")
        }
        let isUniform = reals.dropFirst().allSatisfy { $0 == reals[0] } && !reals.isEmpty
        if !isUniform { try spend(reals.count) }
        return try push(
            .constant(Constant(isUniform ? [reals[0]] : reals, extents: tensor.dimensions)), [example])
    }

    /// A constant without its axis at the position of a value's examples: it must be the same for all of them.
    func withoutExamples(_ tensor: HostTensor, axis: Int) throws -> HostTensor {
        let extent = tensor.dimensions[axis]
        let slices = (0..<extent).map { index in
            tensor.viewed { $0.selecting([index], axis: axis).removing(axis: axis) }
        }
        guard let first = slices.first, slices.allSatisfy({ $0.numbers == first.numbers }) else {
            throw unsupported("a constant of shape \(tensor.dimensions) differs from example to example")
        }
        return first
    }

    /// Counts numbers of constants that are kept.
    ///
    /// - Throws: `unsupported` where there are too many.
    mutating func spend(_ count: Int) throws(SparsifyError) {
        constantCount += count
        guard constantCount <= GraphSource.maximumTotal else {
            throw SparsifyError(
                .unsupported, "the graph's constants have more than \(GraphSource.maximumTotal) elements")
        }
    }

    // MARK: Parameters

    /// Binds a weight of the node to an initialiser, or to a constant of the graph.
    ///
    /// - Parameters:
    ///   - role: what the operator calls it.
    ///   - arrange: brings its axes into the order that the primitive wants.
    mutating func parameter(
        _ index: Int, _ role: String, _ purpose: ParameterRole.Purpose, outputs: OutputIndexing = .none,
        _ arrange: (TensorView) throws -> TensorView = { $0 }
    ) throws -> ParameterReference {
        switch try input(index).content {
        case .parameter(var parameter):
            parameter.view = try arrange(parameter.view)
            return try bind(parameter, role, purpose, outputs)
        case .constant(let tensor):
            let arranged = try tensor.viewedWithAddends(arrange)
            return try literal(arranged, role, purpose, outputs)
        case .computed, .unknown:
            throw unsupported("its input \(index), '\(role)', is computed and not stored")
        }
    }

    private mutating func bind(
        _ parameter: GraphParameter, _ role: String, _ purpose: ParameterRole.Purpose, _ outputs: OutputIndexing
    ) throws -> ParameterReference {
        if let found = known[parameter] { return found }
        let reference = try declare(parameter.dimensions, role, purpose, outputs)
        let isWhole = parameter.view.isWhole(source.reader.tensors[parameter.tensor].elementCount)
        let isSame = isWhole && parameter.dimensions == source.reader.tensors[parameter.tensor].shape.dimensions
        bindings[parameter.tensor, default: []].append(
            TensorBinding(parameter: reference, view: isSame ? nil : parameter.view))
        known[parameter] = reference
        return reference
    }

    private mutating func literal(
        _ tensor: HostTensor, _ role: String, _ purpose: ParameterRole.Purpose, _ outputs: OutputIndexing
    ) throws -> ParameterReference {
        guard let reals = tensor.reals else {
            throw unsupported("a weight depends on the shape of the network's input")
        }
        try spend(reals.count)
        let reference = try declare(tensor.dimensions, role, purpose, outputs)
        literals[reference] = reals
        return reference
    }

    private mutating func declare(
        _ dimensions: [Int], _ role: String, _ purpose: ParameterRole.Purpose, _ outputs: OutputIndexing
    ) throws -> ParameterReference {
        let taken = parameters.count { $0.role.name == role || $0.role.name.hasPrefix("\(role)/") }
        let name = taken == 0 ? role : "\(role)/\(taken)"
        parameters.append(
            Network.Parameter(
                ParameterRole(name, purpose, outputs: outputs, weightsPath: name), shape: try Shape(dimensions)))
        return ParameterReference(layer: node.path, role: name)
    }
}

extension HostTensor {
    /// The elements that a view shows, sums where it has several addends.
    func viewedWithAddends(_ change: (TensorView) throws -> TensorView) throws -> HostTensor {
        let view = try change(TensorView(try Shape(dimensions)))
        guard let reals else { return try viewed(change) }
        var result: [Number] = []
        view.visit { _, position in
            result.append(.real(view.addends.reduce(0.0) { $0 + reals[position + $1] }))
        }
        return HostTensor(result, dimensions: view.dimensions, isInteger: isInteger)
    }
}

extension Array {
    func inserting(_ element: Element, at index: Int) -> [Element] {
        var copy = self
        copy.insert(element, at: index)
        return copy
    }
}
