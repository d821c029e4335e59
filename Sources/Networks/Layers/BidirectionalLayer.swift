/// A recurrent layer forwards and one backwards, their results joined.
struct BidirectionalLayer: LayerKind {
    static let names = ["Bidirectional"]

    private let forward: RecurrentLayer
    private let backward: RecurrentLayer
    private let mergeMode: String?

    init(_ config: LayerConfig) throws {
        let kind = try LayerKinds.wrapped("layer", of: config)
        let other = config.value("backward_layer") == nil ? kind : try LayerKinds.wrapped("backward_layer", of: config)
        guard let forward = kind.kind as? RecurrentLayer, let backward = other.kind as? RecurrentLayer else {
            throw config.unsupported("it wraps something else than a recurrent layer")
        }
        self.forward = forward
        self.backward = backward
        mergeMode = try config.optionalString("merge_mode")
    }

    var parameters: [ParameterRole] {
        forward.parameters.map { $0.within("forward", group: "forward_layer") }
            + backward.parameters.map { $0.within("backward", group: "backward_layer") }
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let first = try lowering.part("forward") { try forward.lower(inputs, into: &$0) }
        let second = try lowering.part("backward") { try backward.lower(inputs, into: &$0) }
        let states = Array(first.dropFirst() + second.dropFirst())
        guard let mergeMode else { return [first[0], second[0]] + states }
        let pair = [first[0], second[0]]
        let axis = lowering.extents(first[0]).count - 1
        let merged: ValueID
        switch mergeMode {
        case "concat": merged = try lowering.push(.concatenation(Concatenation(axis: axis)), pair)
        case "sum": merged = try lowering.push(.elementwise(Elementwise(.add)), pair)
        case "mul": merged = try lowering.push(.elementwise(Elementwise(.multiply)), pair)
        case "ave": merged = try lowering.push(.elementwise(Elementwise(.average)), pair)
        default: throw lowering.failure("'merge_mode' is '\(mergeMode)'.")
        }
        return [merged] + states
    }
}
