internal import ModelIO
internal import Networks
internal import Tensors

/// A graph as a network: its nodes are the layers.
struct GraphNetwork {
    private(set) var lowering: GraphLowering
    private var values: [String: GraphValue] = [:]
    private var layers: [Network.Layer] = []
    private var calls: [Network.Call] = []
    /// By value that has channels behind the spatial axes: the same with its axes as the graph has them.
    private var arrangements: [ValueID: ComputedValue] = [:]
    private let paths: [String]
    private let graph: ONNXGraphProto

    static let maximumNodes = 200_000

    /// - Parameter paths: of the nodes.
    init(_ source: GraphSource, opset: Int, paths: [String]) {
        graph = source.graph
        lowering = GraphLowering(source, opset: opset)
        self.paths = paths
    }

    /// Paths for the nodes of a graph: their names, or those of their outputs, no two alike.
    static func paths(_ graph: ONNXGraphProto) -> [String] {
        var taken = Set(inputs(graph).map(\.name))
        return graph.node.map { node in
            let name = node.name.isEmpty ? node.output.first ?? node.opType : node.name
            var path = name
            var number = 0
            while !taken.insert(path).inserted {
                number += 1
                path = "\(name)_\(number)"
            }
            return path
        }
    }

    /// Inputs that have no value of their own.
    private static func inputs(_ graph: ONNXGraphProto) -> [ONNXValueInfoProto] {
        let stored = Set(graph.initializer.map(\.name) + graph.sparseInitializer.map(\.values.name))
        return graph.input.filter { !stored.contains($0.name) }
    }

    /// - Throws: `malformed` where the graph contradicts itself, `limit` where it is too large, `unsupported` where no
    ///   network can be told from it.
    mutating func build(name: String) throws -> Network {
        guard graph.node.count <= Self.maximumNodes else {
            throw SparsifyError(.limit, "The graph has more than \(Self.maximumNodes) nodes.")
        }
        guard !graph.node.isEmpty else {
            throw SparsifyError(.unsupported, "The file holds tensors, and no operators.")
        }
        let inputs = try Self.inputs(graph).map { ($0.name, try addInput($0)) }
        guard !inputs.isEmpty else { throw SparsifyError(.unsupported, "The graph has no input.") }
        for (index, node) in graph.node.enumerated() { try add(GraphNode(node, path: paths[index])) }
        let outputs = try graph.output.map { ($0.name, try output($0.name)) }
        guard !outputs.isEmpty else { throw SparsifyError(.malformed, "The graph has no output.") }
        return try Network(
            name: graph.name, className: "ONNX", layers: layers, calls: calls, program: lowering.program,
            inputs: inputs.map { (name: $0.0, value: $0.1) }, outputs: outputs.map { (name: $0.0, value: $0.1) })
    }

    private mutating func addInput(_ info: ONNXValueInfoProto) throws -> ValueID {
        let shape = info.type.tensorType.shape.dim
        let type = ONNXType(rawValue: info.type.tensorType.elemType)
        let id: ValueID
        var content: GraphValue.Content
        if !info.type.hasTensorType || !info.type.tensorType.hasShape || shape.isEmpty || type == nil
            || type == .string
        {
            let issue = "input '\(info.name)' has no axis of examples, or no shape, or no numbers"
            id = lowering.program.unknown(issue)
            content = .unknown(issue)
        } else {
            let extents = try shape.dropFirst().map { dimension -> Int? in
                guard dimension.hasDimValue, dimension.dimValue > 0 else { return nil }
                return try Checked.int(UInt64(dimension.dimValue), "extent of an input")
            }
            if shape[0].hasDimValue, shape[0].dimValue > 0, lowering.batchExtent == nil {
                lowering.batchExtent = Int(shape[0].dimValue)
            }
            id = lowering.program.input(extents)
            lowering.example = lowering.example ?? id
            content = .computed(ComputedValue(id: id, batch: 0))
        }
        guard
            values.updateValue(
                GraphValue(content, isInteger: !(type?.element.isFloatingPoint ?? true)), forKey: info.name) == nil
        else { throw SparsifyError(.malformed, "Two inputs are called '\(info.name)'.") }
        layers.append(Network.Layer(path: info.name, className: "Input", dtype: type == .double ? "float64" : nil))
        let steps = lowering.program.steps.count
        calls.append(Network.Call(layer: layers.count - 1, from: [id], to: [id], steps: steps..<steps))
        return id
    }

    /// What a name stands for.
    private func value(_ name: String) throws -> GraphValue {
        if let value = values[name] { return value }
        if let value = try lowering.source.value(name) { return value }
        throw SparsifyError(.malformed, "Nothing in the graph before it makes the value '\(name)'.")
    }

    private mutating func add(_ node: GraphNode) throws {
        let firstStep = lowering.program.steps.count
        let firstValue = lowering.program.values.count
        var results: [GraphValue] = []
        var issue: String?
        var inherited: String?
        let inputs = try node.proto.input.map { name in
            do {
                return name.isEmpty ? nil : try value(name)
            } catch let error as SparsifyError {
                throw SparsifyError(error.code, "Node '\(node.path)' (\(node.proto.opType)): \(error.message)")
            }
        }
        for case .unknown(let reason)? in inputs.map({ $0?.content }) where inherited == nil { inherited = reason }
        if inherited == nil || node.proto.opType == "Shape" {
            do {
                guard ["", "ai.onnx"].contains(node.proto.domain), let apply = GraphOperators.all[node.proto.opType]
                else {
                    let domain = node.proto.domain.isEmpty ? "" : " of '\(node.proto.domain)'"
                    throw SparsifyError(.unsupported, "the operator '\(node.proto.opType)'\(domain) is not known")
                }
                lowering.begin(node, try arranged(inputs, for: node))
                results = try apply(&lowering)
                for case .constant(let tensor) in results.map(\.content) { try lowering.spend(tensor.numbers.count) }
                for name in node.proto.output.dropFirst(results.count) {
                    results.append(
                        GraphValue(
                            .unknown("output '\(name)' of '\(node.path)' (\(node.proto.opType)) is not computed")))
                }
            } catch let error as SparsifyError where error.code == .unsupported {
                lowering.program.truncate(steps: firstStep, values: firstValue)
                arrangements = arrangements.filter { $0.value.id.index < firstValue }
                issue = error.message
            } catch let error as SparsifyError {
                throw SparsifyError(error.code, "Node '\(node.path)' (\(node.proto.opType)): \(error.message)")
            }
        }
        if let reason = issue.map({ "its input comes from '\(node.path)' (\(node.proto.opType)): \($0)" }) ?? inherited
        {
            results = node.proto.output.map { _ in GraphValue(.unknown(reason)) }
        }
        for (name, result) in zip(node.proto.output, results) where !name.isEmpty {
            guard values.updateValue(result, forKey: name) == nil else {
                throw SparsifyError(.malformed, "Two nodes make the value '\(name)'.")
            }
        }
        list(node, inputs, results, issue: issue, inherited: inherited, steps: firstStep)
    }

    /// The inputs with their axes as the graph has them, where an operator wants them so.
    private mutating func arranged(_ inputs: [GraphValue?], for node: GraphNode) throws -> [GraphValue?] {
        guard !GraphLowering.layoutFree.contains(node.proto.opType) else { return inputs }
        return try inputs.map { input in
            guard case .computed(let value)? = input?.content, let isInteger = input?.isInteger else { return input }
            return GraphValue(.computed(try arranged(value)), isInteger: isInteger)
        }
    }

    private mutating func arranged(_ value: ComputedValue) throws -> ComputedValue {
        guard value.spatial != nil else { return value }
        if let known = arrangements[value.id] { return known }
        let result = try lowering.channelsFirst(value)
        arrangements[value.id] = result
        return result
    }

    /// A layer for each node that computes something.
    private mutating func list(
        _ node: GraphNode, _ inputs: [GraphValue?], _ results: [GraphValue], issue: String?, inherited: String?,
        steps firstStep: Int
    ) {
        let steps = firstStep..<lowering.program.steps.count
        guard !steps.isEmpty || issue != nil || inherited != nil else { return }
        layers.append(
            Network.Layer(
                path: node.path, className: node.proto.opType,
                parameters: issue == nil && inherited == nil ? lowering.parameters : [], issue: issue))
        func id(_ value: GraphValue) -> ValueID? {
            if case .computed(let value) = value.content { value.id } else { nil }
        }
        var outputs = results.compactMap(id)
        if let reason = issue ?? inherited { outputs = [lowering.program.unknown(reason)] }
        calls.append(
            Network.Call(
                layer: layers.count - 1, from: inputs.compactMap { $0.flatMap(id) }, to: outputs, steps: steps,
                issue: issue ?? inherited))
    }

    /// The value of an output: examples first.
    private mutating func output(_ name: String) throws -> ValueID {
        switch try value(name).content {
        case .computed(let value) where value.folded.isEmpty: return try arranged(value).id
        case .computed: return lowering.program.unknown("output '\(name)' has no axis of examples of its own")
        case .unknown(let issue): return lowering.program.unknown(issue)
        case .constant, .parameter:
            return lowering.program.unknown("output '\(name)' does not depend on the input")
        }
    }
}
