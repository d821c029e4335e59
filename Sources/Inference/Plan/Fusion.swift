internal import Networks

extension Primitive {
    /// Whether it sums products under a window that may as well reach past the input, zeros being there.
    fileprivate func takesPadding(channels: ChannelAxis) -> Bool {
        switch self {
        case .convolution(let primitive): primitive.window.padding == .valid && primitive.channels == channels
        case .depthwiseConvolution(let primitive): primitive.window.padding == .valid && primitive.channels == channels
        default: false
        }
    }
}

extension Step {
    /// Whether it adds values up, element by element.
    fileprivate var isSum: Bool {
        if case .elementwise(let elementwise) = primitive { elementwise.kind == .add } else { false }
    }
}

/// Which steps of a program are done as part of another: a normalisation with stored statistics is folded into the
/// weights before it, and an activation function is applied while their result is at hand.
struct Fusion {
    /// By step with weights: what follows it there and then.
    struct Tail {
        var affine: Int?
        /// A value of the same shape that is added to the result.
        var addend: ValueID?
        var activation: Int?
        /// The value that the last of them makes.
        var output: ValueID
    }

    private(set) var tails: [Int: Tail] = [:]
    /// By step that slides a window: the step that puts zeros around its input, which the window sees without.
    private(set) var paddings: [Int: Int] = [:]
    /// Steps that are part of another.
    private(set) var absorbed: Set<Int> = []

    /// - Parameter isNeeded: whether a step is to be done at all.
    init(_ program: Program, outputs: [ValueID], isNeeded: (Int) -> Bool) {
        var consumers: [ValueID: [Int]] = [:]
        for (index, step) in program.steps.enumerated() where isNeeded(index) {
            for input in step.inputs { consumers[input, default: []].append(index) }
        }
        let visible = Set(outputs)
        func follower(_ value: ValueID) -> Int? {
            guard !visible.contains(value), let list = consumers[value], list.count == 1 else { return nil }
            return list[0]
        }
        for (index, step) in program.steps.enumerated() where isNeeded(index) {
            if case .padding(let padding) = step.primitive, padding.value == 0,
                let next = follower(step.outputs[0]),
                program.steps[next].primitive.takesPadding(channels: padding.channels)
            {
                paddings[next] = index
                absorbed.insert(index)
            }
        }
        // By value, the step that makes it, what is part of another being made there.
        var makers: [ValueID: Int] = [:]
        for (index, step) in program.steps.enumerated() where isNeeded(index) && !absorbed.contains(index) {
            defer { for output in tails[index].map({ [$0.output] }) ?? step.outputs { makers[output] = index } }
            let axis = Self.channelAxis(step, program)
            guard axis != nil || step.isSum else { continue }
            var tail = Tail(output: step.outputs[0])
            if let axis, let next = follower(tail.output), case .affine(let affine) = program.steps[next].primitive,
                affine.axes == [axis] || affine.axes.isEmpty
            {
                tail.affine = next
                tail.output = program.steps[next].outputs[0]
                absorbed.insert(next)
            }
            if axis != nil, Self.takesAddend(step), let next = follower(tail.output),
                let addend = Self.addend(program, next, to: tail.output),
                makers[addend] != nil || !program.steps.contains(where: { $0.outputs.contains(addend) })
            {
                tail.addend = addend
                tail.output = program.steps[next].outputs[0]
                absorbed.insert(next)
            }
            if let next = follower(tail.output), case .activation(let activation) = program.steps[next].primitive,
                ElementFunction<Float>.covers(activation), program.steps[next].inputs.count == 1
            {
                tail.activation = next
                tail.output = program.steps[next].outputs[0]
                absorbed.insert(next)
            }
            tails[index] = tail
        }
    }

    /// Whether the step's kernel can add a value to its result while that is at hand.
    private static func takesAddend(_ step: Step) -> Bool {
        switch step.primitive {
        case .convolution(let primitive): primitive.channels == .last
        case .contraction(let primitive): primitive.isMatrixProduct
        default: false
        }
    }

    /// What a step adds to a value, where it adds two values of one shape.
    private static func addend(_ program: Program, _ index: Int, to value: ValueID) -> ValueID? {
        let step = program.steps[index]
        guard step.isSum, step.inputs.count == 2, let other = step.inputs.first(where: { $0 != value }) else {
            return nil
        }
        let (a, b) = (program[value], program[other])
        let isKnown = a.extents?.allSatisfy { $0 != nil } ?? false
        return isKnown && a.extents == b.extents && a.copies == b.copies ? other : nil
    }

    /// The position of the axis among the extents of the step's output along which its bias varies; nil where the step
    /// has no weights to fold into.
    private static func channelAxis(_ step: Step, _ program: Program) -> Int? {
        let rank = program[step.outputs[0]].extents?.count ?? 0
        return switch step.primitive {
        case .convolution(let primitive): primitive.channels.position(count: rank)
        case .depthwiseConvolution(let primitive): primitive.channels.position(count: rank)
        case .transposedConvolution(let primitive): primitive.channels.position(count: rank)
        case .contraction(let primitive) where primitive.isMatrixProduct: rank - 1
        default: nil
        }
    }
}
