internal import ModelIO
internal import Networks
internal import Tensors

/// Weights of Keras's layers as PyTorch's modules name and order them (`torch.nn`, the entries of a `state_dict`).
///
/// What follows a flattened image takes its inputs channels first there: such a kernel's rows change places too.
struct PyTorchLayout {
    /// A tensor of a module: its name there and where its elements lie.
    private struct Target {
        var leaf: String
        var view: TensorView?
    }

    private let network: Network?
    private let flattened: FlattenedInputs?
    private var notes: [String] = []

    static func relaying(_ model: OpenModel) -> RelaidModel {
        var layout = PyTorchLayout(network: model.analysis.document.network)
        return layout.relaid(model)
    }

    private init(network: Network?) {
        self.network = network
        flattened = network.map(FlattenedInputs.init)
    }

    private mutating func relaid(_ model: OpenModel) -> RelaidModel {
        var result = RelaidModel()
        let tensors = model.reader.tensors
        let attention = AttentionModules(model)
        for (index, (info, role)) in zip(tensors, model.analysis.roles).enumerated() {
            if let made = attention.made[index] {
                result.tensors += made
                continue
            }
            guard let targets = targets(role, info) else {
                result.unknown.append(info.name)
                result.tensors.append(
                    RelaidTensor(
                        name: info.name, shape: info.shape.dimensions, elementType: info.elementType,
                        parts: [.init(source: index)]))
                continue
            }
            let module = Self.module(role)
            for target in targets {
                result.tensors.append(
                    RelaidTensor(
                        name: "\(module).\(target.leaf)", shape: target.view?.dimensions ?? info.shape.dimensions,
                        elementType: info.elementType, parts: [.init(source: index, view: target.view)]))
            }
            if let zeros = zeros(role, targets, info) {
                result.tensors.append(
                    RelaidTensor(
                        name: "\(module).\(zeros)", shape: [info.elementCount], elementType: info.elementType, parts: []
                    ))
            }
        }
        result.notes = notes
        return result
    }

    /// Dots for slashes; Keras's names of layers may have either.
    static func module(_ role: TensorRole) -> String {
        let layer = role.bindings.first?.parameter.layer ?? role.layer ?? ""
        return layer.replacing("/", with: ".")
    }

    /// PyTorch has two biases where Keras adds one: the second is zeros.
    private func zeros(_ role: TensorRole, _ targets: [Target], _ info: TensorInfo) -> String? {
        guard targets.count == 1, let leaf = targets.first?.leaf, leaf.hasPrefix("bias_ih_l0") else { return nil }
        return leaf.replacing("_ih_", with: "_hh_")
    }

    private mutating func targets(_ role: TensorRole, _ info: TensorInfo) -> [Target]? {
        // Extents beside a zero may be any numbers.
        guard let reference = role.parameter, let layer = network?.layer(at: reference.layer), info.elementCount > 0
        else { return nil }
        let view = TensorView(info.shape)
        let rank = info.shape.rank
        switch (layer.className, reference.role) {
        case ("Dense", "kernel") where rank == 2:
            return [Target(leaf: "weight", view: channelsFirst(view, layer.path).transposed([1, 0]))]
        case ("Conv1D", "kernel"), ("Conv2D", "kernel"), ("Conv3D", "kernel"), ("Conv1DTranspose", "kernel"),
            ("Conv2DTranspose", "kernel"), ("Conv3DTranspose", "kernel"):
            guard rank >= 3 else { return nil }
            return [Target(leaf: "weight", view: Self.convolution(view))]
        case ("DepthwiseConv1D", _), ("DepthwiseConv2D", _):
            if reference.role == "bias" { return [Target(leaf: "bias")] }
            return rank >= 3 ? [Target(leaf: "weight", view: Self.depthwise(view))] : nil
        case ("SeparableConv1D", "depthwise_kernel"), ("SeparableConv2D", "depthwise_kernel"):
            return rank >= 3 ? [Target(leaf: "depthwise.weight", view: Self.depthwise(view))] : nil
        case ("SeparableConv1D", "pointwise_kernel"), ("SeparableConv2D", "pointwise_kernel"):
            return rank >= 3 ? [Target(leaf: "pointwise.weight", view: Self.convolution(view))] : nil
        case ("SeparableConv1D", "bias"), ("SeparableConv2D", "bias"): return [Target(leaf: "pointwise.bias")]
        case ("Dense", "bias"), ("Conv1D", "bias"), ("Conv2D", "bias"), ("Conv3D", "bias"), ("Conv1DTranspose", "bias"),
            ("Conv2DTranspose", "bias"), ("Conv3DTranspose", "bias"):
            return [Target(leaf: "bias")]
        case ("Embedding", "embeddings"): return [Target(leaf: "weight")]
        case ("BatchNormalization", let name), ("LayerNormalization", let name), ("GroupNormalization", let name),
            ("RMSNormalization", let name):
            guard let leaf = Self.normalisation[name], rank == 1 else { return nil }
            let reordered = layer.className == "BatchNormalization" ? channelsFirst(view, layer.path) : view
            return [Target(leaf: leaf, view: reordered == view ? nil : reordered)]
        case ("PReLU", "alpha"):
            // One slope for each channel, or for all; the other axes must be shared.
            guard rank > 0, info.shape.dimensions.dropLast().allSatisfy({ $0 == 1 }) else { return nil }
            return [Target(leaf: "weight", view: (0..<rank - 1).reduce(view) { view, _ in view.removing(axis: 0) })]
        case ("LSTM", let name), ("GRU", let name), ("SimpleRNN", let name):
            return recurrent(layer, name, name, suffix: "", info)
        case ("Bidirectional", let name):
            let parts = name.split(separator: "/").map(String.init)
            guard parts.count == 2 else { return nil }
            return recurrent(layer, name, parts[1], suffix: parts[0] == "forward" ? "" : "_reverse", info)
        default: return nil
        }
    }

    private static let normalisation = [
        "gamma": "weight", "scale": "weight", "beta": "bias", "moving_mean": "running_mean",
        "moving_variance": "running_var",
    ]

    /// (…, inputs, outputs), or (…, outputs, inputs) where it is transposed, as (outputs, inputs, …) or (inputs, outputs, …).
    private static func convolution(_ view: TensorView) -> TensorView {
        let rank = view.dimensions.count
        return view.transposed([rank - 1, rank - 2] + Array(0..<rank - 2))
    }

    /// (…, channels, multiplier) as (channels · multiplier, 1, …).
    private static func depthwise(_ view: TensorView) -> TensorView {
        let rank = view.dimensions.count
        return view.transposed([rank - 2, rank - 1] + Array(0..<rank - 2)).merging(axis: 0).inserting(axis: 1)
    }

    /// With the first axis in the order of a flattened image whose channels are first, where it is one whose are last.
    private mutating func channelsFirst(_ view: TensorView, _ layer: String) -> TensorView {
        guard let extents = flattened?.extents(of: layer), let channels = extents.last,
            extents.reduce(1, *) == view.dimensions[0], let split = view.splitting(axis: 0, into: extents)
        else { return view }
        let rank = view.dimensions.count
        let order = [extents.count - 1] + Array(0..<extents.count - 1)
        let turned = split.transposed(order + (0..<rank - 1).map { extents.count + $0 })
        let result = (1..<extents.count).reduce(turned) { view, _ in view.merging(axis: 0) }
        if result != view {
            let old = extents.map(String.init).joined(separator: ", ")
            let new = ([channels] + extents.dropLast()).map(String.init).joined(separator: ", ")
            let note = "'\(layer)' follows a flattened (\(old)): its inputs are in the order of (\(new)) now"
            if !notes.contains(note) { notes.append(note) }
        }
        return result
    }

    /// Gates are i, f, c, o in both; of a GRU z, r, h here and r, z, n there.
    private func recurrent(
        _ layer: Network.Layer, _ role: String, _ name: String, suffix: String, _ info: TensorInfo
    ) -> [Target]? {
        guard let cell = cell(ParameterReference(layer: layer.path, role: role)), info.shape.rank >= 1 else {
            return nil
        }
        var view = TensorView(info.shape)
        let units = cell.units
        let gates: Int
        switch cell.cell {
        case .simple: gates = 1
        case .lstm: gates = 4
        // PyTorch's resets after the product alone.
        case .gru(resetsAfter: false): return nil
        case .gru(resetsAfter: true):
            gates = 3
            guard info.shape.dimensions.last == 3 * units else { return nil }
            view = view.selecting(
                Array(units..<2 * units) + Array(0..<units) + Array(2 * units..<3 * units), axis: info.shape.rank - 1)
        }
        switch (name, info.shape.dimensions) {
        case ("kernel", let shape) where shape.count == 2 && shape[1] == gates * units:
            return [Target(leaf: "weight_ih_l0\(suffix)", view: view.transposed([1, 0]))]
        case ("recurrent_kernel", [units, gates * units]):
            return [Target(leaf: "weight_hh_l0\(suffix)", view: view.transposed([1, 0]))]
        case ("bias", [gates * units]):
            return [Target(leaf: "bias_ih_l0\(suffix)", view: view)]
        case ("bias", [2, gates * units]):
            return ["ih", "hh"].enumerated().map { row, part in
                Target(leaf: "bias_\(part)_l0\(suffix)", view: view.selecting([row], axis: 0).removing(axis: 0))
            }
        default: return nil
        }
    }

    private func cell(_ reference: ParameterReference) -> Recurrence? {
        for step in network?.program.steps ?? [] where step.parameters.contains(reference) {
            if case .recurrence(let primitive) = step.primitive { return primitive }
        }
        return nil
    }
}
