internal import Networks
internal import Tensors

/// Makes a plan: drops what no output needs, fuses, chooses kernels, and gives every value a place.
struct PlanBuilder<T: Scalar> {
    private let network: Network
    private let weights: Weights<T>
    private let layouts: [ValueLayout?]
    private let needed: Set<Int>
    private let maximumBytes: Int
    private let choice: KernelChoice
    private let fusion: Fusion
    /// By step, the path of the layer it belongs to.
    private let layers: [String]

    private var steps: [Plan<T>.PlannedStep] = []
    private var places: [ValueID: Plan<T>.Place] = [:]
    private var arena = Arena()
    /// Numbers of scratch memory that the greediest kernel takes.
    private var scratch = 0
    /// Values that lie in planes.
    private var planes: Set<ValueID> = []
    /// By place in the arena: numbers taken, and uses to come of the values there.
    private var tenants: [Int: (count: Int, uses: Int)] = [:]

    /// - Parameters:
    ///   - rows: examples in a batch.
    ///   - extents: of each input, without the batch axis.
    /// - Throws: `unsupported` where a layer is not understood, `usage` where the extents do not fit one, `limit` where a
    ///   batch takes too much memory; each names the layer. What reading parameters throws.
    static func plan(
        _ network: Network, _ weights: Weights<T>, rows: Int, extents: [[Int]], choice: KernelChoice, maximumBytes: Int
    ) throws -> Plan<T> {
        var builder = try PlanBuilder(
            network, weights, rows: rows, extents: extents, choice: choice, maximumBytes: maximumBytes)
        return try builder.build()
    }

    private init(
        _ network: Network, _ weights: Weights<T>, rows: Int, extents: [[Int]], choice: KernelChoice, maximumBytes: Int
    ) throws {
        self.choice = choice
        self.maximumBytes = maximumBytes
        self.network = network
        self.weights = weights
        let program = network.program
        for output in network.outputs {
            if let issue = program[output].issue {
                throw SparsifyError(
                    .unsupported, "The network cannot be run: \(issue).",
                    remedy: "Its tensors can be inspected, pruned and converted all the same.")
            }
        }
        let layers = network.stepLayers
        self.layers = layers
        let needed = program.needed(for: network.outputs)
        self.needed = needed
        fusion = Fusion(program, outputs: network.outputs) { needed.contains($0) }

        var values = program.values
        var layouts = [ValueLayout?](repeating: nil, count: values.count)
        for (input, given) in zip(network.inputs, extents) {
            values[input.index].extents = given.map(Int?.some)
            layouts[input.index] = try Self.layout(values[input.index], rows: rows)
        }
        for (index, step) in program.steps.enumerated() where needed.contains(index) {
            try inLayer(layers[index]) {
                do {
                    try program.infer(step, in: &values)
                } catch let error as SparsifyError {
                    throw SparsifyError(.usage, "The input does not fit: \(error.message)")
                }
                for output in step.outputs { layouts[output.index] = try Self.layout(values[output.index], rows: rows) }
            }
        }
        self.layouts = layouts
    }

    /// Nil where an extent is left open.
    private static func layout(_ value: Value, rows: Int) throws -> ValueLayout? {
        let extents = value.extents ?? [nil]
        let known = extents.compactMap { $0 }
        guard known.count == extents.count, let copies = value.copies else { return nil }
        return try ValueLayout(
            rows: try Checked.multiply(rows, copies, "number of examples and steps"), extents: known)
    }

    private func layout(_ id: ValueID) throws -> ValueLayout {
        guard let layout = layouts[id.index] else {
            throw SparsifyError(.unsupported, "The network cannot be run: a shape in it is left open.")
        }
        return layout
    }

    private mutating func build() throws -> Plan<T> {
        let program = network.program
        for (index, input) in network.inputs.enumerated() { places[input] = .input(index) }
        let order = program.steps.indices.filter { needed.contains($0) && !fusion.absorbed.contains($0) }
        var uses: [ValueID: Int] = [:]
        for index in order { for input in sources(index) { uses[input, default: 0] += 1 } }
        for output in network.outputs { uses[output, default: 0] += 1 }
        planes = try planes(order)
        for index in order {
            try inLayer(layers[index]) {
                try place(index, uses)
                try Self.checkMemory(Checked.add(arena.count, scratch, "memory of a batch"), maximumBytes)
            }
        }
        return Plan(
            steps: steps, outputs: try network.outputs.map { (try place(of: $0), try layout($0)) },
            arenaCount: arena.count)
    }

    private func place(of value: ValueID) throws -> Plan<T>.Place {
        guard let place = places[value] else {
            throw SparsifyError(
                .malformed, "The network needs an input that is not in its list of inputs.",
                remedy: "It cannot be run; its tensors can be inspected, pruned and converted.")
        }
        return place
    }

    /// - Parameter count: numbers in memory.
    static func checkMemory(_ count: Int, _ maximumBytes: Int) throws {
        let bytes = try Checked.multiply(count, MemoryLayout<T>.stride, "memory of a batch")
        guard bytes <= maximumBytes else {
            throw SparsifyError(
                .limit, "A batch takes \(bytes) bytes of memory or more, and the limit is \(maximumBytes).",
                remedy: "Use a smaller batch.")
        }
    }

    /// What a step works on: where zeros around its input are part of it, what they were put around; last what is added
    /// to the result.
    private func sources(_ index: Int) -> [ValueID] {
        let steps = network.program.steps
        let inputs = fusion.paddings[index].map { steps[$0].inputs } ?? steps[index].inputs
        return inputs + (fusion.tails[index]?.addend.map { [$0] } ?? [])
    }

    /// What a step makes, together with those that are part of it.
    private func results(_ index: Int) -> [ValueID] {
        fusion.tails[index].map { [$0.output] } ?? network.program.steps[index].outputs
    }

    private func factory(_ index: Int) throws -> KernelFactory<T> {
        KernelFactory(
            network: network, weights: weights, index: index, tail: fusion.tails[index],
            padding: fusion.paddings[index], choice: choice, inputs: try sources(index).map(layout),
            outputs: try results(index).map(layout))
    }

    /// Values that lie in planes: those which steps that write planes make, and only steps that read them use. A value
    /// that is added lies as the result does.
    private func planes(_ order: [Int]) throws -> Set<ValueID> {
        let taking = try Set(
            order.filter { index in
                guard case .convolution = network.program.steps[index].primitive else { return false }
                return try inLayer(layers[index]) {
                    try (factory(index) as? KernelFactory<Float>)?.takesPlanes() ?? false
                }
            })
        var planes = Set(taking.flatMap(results)).subtracting(network.outputs)
        var count = -1
        while count != planes.count {
            count = planes.count
            for index in order where !planes.isDisjoint(with: sources(index) + results(index)) {
                guard taking.contains(index) else {
                    planes.subtract(sources(index))
                    continue
                }
                guard let addend = fusion.tails[index]?.addend else { continue }
                let result = results(index)[0]
                if planes.contains(addend) != planes.contains(result) { planes.subtract([addend, result]) }
            }
        }
        return planes
    }

    private mutating func place(_ index: Int, _ uses: [ValueID: Int]) throws {
        let step = network.program.steps[index]
        let outputs = results(index)
        let sources = sources(index)
        let inputs = try sources.map(place(of:))
        if step.primitive.isView {
            places[outputs[0]] = inputs[0]
            adopt(inputs[0], uses[outputs[0]] ?? 0)
            release(inputs[0])
            return
        }
        var factory = try factory(index)
        factory.planes = (planes.contains(sources[0]), planes.contains(outputs[0]))
        let kernel = try factory.make()
        let work = try (factory as? KernelFactory<Float>)?.work()
        for (number, output) in outputs.enumerated() {
            let layout = factory.outputs[number]
            let count = planes.contains(output) ? PlaneLayout(layout).count : layout.count
            if number == 0, kernel.worksInPlace, let start = reusable(inputs, count) {
                places[output] = .arena(start)
                adopt(.arena(start), uses[output] ?? 0)
            } else {
                let start = arena.take(count)
                tenants[start] = (count, uses[output] ?? 0)
                places[output] = .arena(start)
            }
        }
        scratch = max(scratch, kernel.scratchCount)
        steps.append(
            Plan.PlannedStep(
                kernel: kernel, layer: layers[index], work: work, inputs: inputs, outputs: outputs.map { places[$0]! }))
        for input in inputs { release(input) }
        // What nobody uses is free at once.
        for output in outputs where uses[output] == nil {
            if case .arena(let start)? = places[output] { free(start) }
        }
    }

    /// The place of the first input, where this is the last use of it and the output fits.
    private func reusable(_ inputs: [Plan<T>.Place], _ count: Int) -> Int? {
        guard case .arena(let start)? = inputs.first, let tenant = tenants[start], tenant.uses == 1,
            tenant.count >= count
        else { return nil }
        let others = inputs.dropFirst().contains { if case .arena(start) = $0 { true } else { false } }
        return others ? nil : start
    }

    /// More values lie at a place: views, or results in place of inputs.
    private mutating func adopt(_ place: Plan<T>.Place, _ uses: Int) {
        if case .arena(let start) = place { tenants[start]?.uses += uses }
    }

    private mutating func release(_ place: Plan<T>.Place) {
        guard case .arena(let start) = place else { return }
        tenants[start]?.uses -= 1
        free(start)
    }

    private mutating func free(_ start: Int) {
        guard let tenant = tenants[start], tenant.uses <= 0 else { return }
        arena.give(back: start, tenant.count)
        tenants[start] = nil
    }
}

extension Primitive {
    /// Whether the result is the input under other extents, so that nothing is to be done.
    var isView: Bool {
        switch self {
        case .reshape, .batching, .noise: true
        case .activation(let activation): activation.name == "linear"
        default: false
        }
    }
}
