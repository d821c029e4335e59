internal import Tensors

/// The calls of a functional model's layers, in an order in which each comes after what it needs.
struct CallGraph {
    /// A call: position of the layer in the model, and which of its calls.
    struct Slot: Hashable {
        var node: Int
        var call: Int
    }

    struct Tensor {
        var slot: Slot
        var output: Int
    }

    private(set) var order: [Slot] = []
    private(set) var inputs: [Slot] = []
    private(set) var outputs: [Tensor] = []
    private let model: ModelConfig
    private let positions: [String: Int]
    /// By layer: whether lists count the calls of this nested model from 1.
    private var countsFromOne: [Bool]

    /// - Throws: `malformed` for a reference to a layer or call that is not there, and for a cycle.
    init(_ model: ModelConfig) throws {
        self.model = model
        positions = Dictionary(model.nodes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        countsFromOne = model.nodes.map { $0.model != nil }
        noteCounting()
        inputs = try model.inputs.map { try resolve($0).slot }
        outputs = try model.outputs.map { try resolve($0) }
        try sort()
    }

    /// No results for any call. A layer that is never called (an input) has one call.
    var emptyResults: [[[ValueID]]] {
        model.nodes.map { Array(repeating: [], count: max($0.calls.count, 1)) }
    }

    func inputs(of slot: Slot) throws -> [Tensor] {
        let calls = model.nodes[slot.node].calls
        return try calls.indices.contains(slot.call) ? calls[slot.call].inputs.map { try resolve($0) } : []
    }

    /// All that a call is given, masks and constants among it.
    func arguments(of slot: Slot) throws -> CallArguments<Tensor> {
        let calls = model.nodes[slot.node].calls
        return try calls.indices.contains(slot.call)
            ? calls[slot.call].arguments.map { try resolve($0) } : CallArguments()
    }

    private mutating func noteCounting() {
        let calls = model.nodes.flatMap(\.calls)
        let keys = calls.flatMap { $0.inputs + $0.arguments.tensors } + model.inputs + model.outputs
        for key in keys where key.origin == .list && key.call == 0 {
            if let position = positions[key.layer] { countsFromOne[position] = false }
        }
        // Keras 3 counts from 1 for functional models alone.
        let isKeras3 = model.nodes.contains { $0.calls.contains { $0.inputs.contains { $0.origin == .history } } }
        for (position, node) in model.nodes.enumerated() where isKeras3 && node.model?.isSequential == true {
            countsFromOne[position] = false
        }
    }

    private func resolve(_ key: TensorKey) throws -> Tensor {
        guard let node = positions[key.layer] else {
            throw SparsifyError(
                .malformed, "Model '\(model.name)' refers to a layer '\(key.layer)' that it does not have.")
        }
        let call = key.call - (key.origin == .list && countsFromOne[node] ? 1 : 0)
        guard (0..<max(model.nodes[node].calls.count, 1)).contains(call) else {
            throw SparsifyError(
                .malformed,
                "Model '\(model.name)' refers to call \(key.call) of layer '\(key.layer)', which is not there."
            )
        }
        return Tensor(slot: Slot(node: node, call: call), output: key.output)
    }

    /// Kahn's algorithm; calls that are ready at once keep the order of the configuration.
    private mutating func sort() throws {
        var followers: [Slot: [Slot]] = [:]
        var waiting: [Slot: Int] = [:]
        var count = 0
        for (position, node) in model.nodes.enumerated() {
            for call in 0..<max(node.calls.count, 1) {
                let slot = Slot(node: position, call: call)
                let needs = Set(try (inputs(of: slot) + arguments(of: slot).tensors).map(\.slot))
                for need in needs { followers[need, default: []].append(slot) }
                waiting[slot] = needs.count
                if needs.isEmpty { order.append(slot) }
                count += 1
            }
        }
        var next = 0
        while next < order.count {
            for slot in followers[order[next]] ?? [] {
                let left = (waiting[slot] ?? 1) - 1
                waiting[slot] = left
                if left == 0 { order.append(slot) }
            }
            next += 1
        }
        guard order.count == count else {
            let name = model.nodes[try circle(waiting).node].name
            throw SparsifyError(
                .malformed, "Layers of model '\(model.name)' feed one another in a circle; '\(name)' is one of them.")
        }
    }

    /// A call that needs itself: going from call to call that still waits ends nowhere else.
    private func circle(_ waiting: [Slot: Int]) throws -> Slot {
        func waits(_ slot: Slot) -> Bool { (waiting[slot] ?? 0) > 0 }
        let slots = model.nodes.enumerated().flatMap { node, entry in
            (0..<max(entry.calls.count, 1)).map { Slot(node: node, call: $0) }
        }
        var slot = slots.first(where: waits)!
        var seen: Set<Slot> = []
        while seen.insert(slot).inserted {
            slot = try (inputs(of: slot) + arguments(of: slot).tensors).map(\.slot).first(where: waits)!
        }
        return slot
    }
}
